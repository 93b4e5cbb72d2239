import { createHash } from 'node:crypto';
import type { ObjectSource } from '../../src/vault/backend/backend.js';

/** Bytes that look random, the same ones for the same seed. */
export function noise(seed: string, bytes: number): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(seed).digest();
}

/** The bytes in several buffers, none of which ends where a part does. */
export function inPieces(bytes: Buffer, pieceBytes = 300_007): ObjectSource {
  return {
    bytes: bytes.length,
    open: async function* () {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

export async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await collect(stream));
}

/** Does something for each item, a number of them at a time. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>, atATime = 32): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
