import { isMarkedAsUntransferable } from 'node:worker_threads';

/** Smaller buffers cost less than giving them back does; Node's shared pool, which they may be views of, is marked. */
const LEAST_BYTES = 2 * 1024;

/**
 * Gives a buffer's memory back now. The garbage collector sees only the small object in front of it, and on a busy
 * worker thread lets hundreds of megabytes gather. For buffers nobody else refers to; using one afterwards throws.
 */
export function freeMemory(bytes: Uint8Array): void {
  const memory = bytes.buffer;
  if (!(memory instanceof ArrayBuffer) || memory.detached) return;
  if (memory.byteLength >= LEAST_BYTES && !isMarkedAsUntransferable(memory)) memory.transfer(0);
}
