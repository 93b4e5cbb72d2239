import type { ScannedFile } from '../scan/scanned-entry.js';

/** What a thread is started with: the directory, held open, and where it was then. */
export interface ReaderStart {
  fd: number;
  path: Uint8Array;
}

export interface ReadRequest {
  request: number;
  /** Relative paths, one after the other, with a NUL between them: no path contains one. */
  paths: Uint8Array<ArrayBuffer>;
  /** `FACTS` numbers a file. */
  facts: BigInt64Array<ArrayBuffer>;
}

export interface ReadAnswer {
  request: number;
  /** In the order of the request, each in memory of its own; null for a file that is not as it was scanned. */
  contents: (Uint8Array<ArrayBuffer> | null)[];
}

/** How many numbers say what a file was when it was scanned. */
export const FACTS = 7;

/** Numbers over 63 bits wrap; both sides wrap them alike. */
export function writeFacts(facts: BigInt64Array, at: number, file: Omit<ScannedFile, 'kind' | 'path' | 'links'>): void {
  facts[at] = BigInt(file.size);
  facts[at + 1] = file.mtimeNs;
  facts[at + 2] = file.ctimeNs;
  facts[at + 3] = file.inode;
  facts[at + 4] = BigInt(file.mode);
  facts[at + 5] = BigInt(file.uid);
  facts[at + 6] = BigInt(file.gid);
}
