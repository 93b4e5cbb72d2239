import { startThread } from '../threads/start-thread.js';
import type { Thread } from '../threads/thread.js';
import type { WorkerStart } from './messages.js';

/** Starts a worker thread with this folder's `lane-worker`. */
export function startLaneWorker(start: WorkerStart): Thread {
  return startThread('lane-worker', import.meta.url, start);
}
