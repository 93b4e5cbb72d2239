/** What a writing thread is started with: the directory, held open. */
export interface WriterStart {
  fd: number;
}

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

/** What a system call failed with, as `node:fs` says it. */
export interface WriteFailure {
  code: string;
  syscall: string;
  message: string;
}
