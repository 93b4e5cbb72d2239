/** A whole file for a thread to make. */
export interface SmallFile {
  /** Relative to the directory that is being built. */
  path: Uint8Array;
  content: Uint8Array;
  /** Null leaves it to whoever makes it. */
  owner: { uid: number; gid: number } | null;
  mode: number;
  mtimeNs: bigint;
}

export interface WriteRequest {
  request: number;
  /** The directory, held open. */
  fd: number;
  files: SmallFile[];
}

/** What a system call failed with, as `node:fs` says it. */
export interface Failure {
  code: string;
  syscall: string;
  message: string;
}

export interface WriteAnswer {
  request: number;
  /** In the order of the request; null for a file that was made. */
  failures: (Failure | null)[];
}
