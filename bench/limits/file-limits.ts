import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { LimitShare } from './file-limits-worker.js';

const WORKER_FILE = new URL('./file-limits-worker.js', import.meta.url);

/** What the machine itself takes, in seconds, for what every capture has to do at the least. */
export interface PhysicalLimit {
  /** Every file read once, nothing else, on one thread. */
  read: number;
  /** Read, SHA-256, zstd and AES on all cores, results thrown away. */
  readHashCompressEncrypt: number;
}

/** Measures both over a directory. `settle` is called before each, outside the time. */
export async function measureLimit(directory: string, settle: () => Promise<void>): Promise<PhysicalLimit> {
  await settle();
  const read = await timeShares(directory, 1, 'read');
  await settle();
  const readHashCompressEncrypt = await timeShares(directory, availableParallelism(), 'read, hash, compress, encrypt');
  return { read, readHashCompressEncrypt };
}

async function timeShares(directory: string, threads: number, work: LimitShare['work']): Promise<number> {
  const begun = performance.now();
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const workers = Array.from({ length: threads }, (_, share) => {
    const workerData: LimitShare = { files: files.filter((_, index) => index % threads === share), work };
    return new Worker(WORKER_FILE, { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const seconds = (performance.now() - begun) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return seconds;
}
