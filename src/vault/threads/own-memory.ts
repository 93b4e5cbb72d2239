import { isMarkedAsUntransferable } from 'node:worker_threads';

/**
 * The bytes in memory that can be given to a thread: what is posted takes all the memory along that it is a part of,
 * so what lies in Node's shared pool is copied. Everything else the caller must be able to give away.
 */
export function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isOwn = bytes.buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(bytes.buffer);
  return isOwn ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
}

/** What is given away with them, each piece once: they may share memory. */
export function memoryOf(pieces: readonly Uint8Array<ArrayBuffer>[]): ArrayBuffer[] {
  return [...new Set(pieces.map(({ buffer }) => buffer))];
}
