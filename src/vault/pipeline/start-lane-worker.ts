import type { Worker } from 'node:worker_threads';
import type { WorkerStart } from './messages.js';
import { startThread } from './start-thread.js';

/** Starts a worker thread with this folder's `lane-worker`. */
export function startLaneWorker(start: WorkerStart): Worker {
  return startThread('lane-worker', import.meta.url, start);
}
