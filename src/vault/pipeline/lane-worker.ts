import { DataKey } from '../keys/data-key.js';
import { serveThread } from '../threads/serve-thread.js';
import { Lane } from './lane.js';
import type { ToWorker, WorkerStart } from './messages.js';

/** The entry point of a worker thread, started by start-lane-worker.ts. An error ends the thread, and so the pipeline. */
serveThread<WorkerStart, ToWorker>(({ start: { dataKey, zstdLevel }, port }) => {
  const lane = new Lane(new DataKey(Buffer.from(dataKey)), zstdLevel, (message, transfer) =>
    port.postMessage(message, transfer),
  );
  return (message) => lane.handle(message);
});
