/** What a copying thread is started with: two directories that are held open, and where the first one was then. */
export interface CopierStart {
  live: { fd: number; path: Uint8Array };
  target: number;
}

/** What a live file has to be to be copied. */
export interface LiveState {
  size: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  inode: bigint;
}

export interface UnchangedFile {
  path: Uint8Array;
  /** Null leaves it to whoever makes it. */
  owner: { uid: number; gid: number } | null;
  mode: number;
  state: LiveState;
}

/** An object is what a system call failed with, as `node:fs` says it. */
export type CopyOutcome = 'copied' | 'not-as-captured' | { code: string; syscall: string; message: string };
