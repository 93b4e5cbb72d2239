import { parentPort, workerData } from 'node:worker_threads';
import { DataKey } from '../keys/data-key.js';
import { Lane } from './lane.js';
import type { ToWorker, WorkerStart } from './messages.js';

/** The entry point of a worker thread, started by start-lane-worker.ts. An error ends the thread, and so the pipeline. */
const port = parentPort;
if (port === null) throw new Error('This file is started as a worker thread.');
const { dataKey, zstdLevel } = workerData as WorkerStart;
const lane = new Lane(new DataKey(Buffer.from(dataKey)), zstdLevel, (message, transfer) =>
  port.postMessage(message, transfer),
);
port.on('message', (message: ToWorker) => lane.handle(message));
