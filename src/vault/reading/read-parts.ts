import type { Backend } from '../backend/backend.js';
import { mapConcurrently } from '../map-concurrently.js';

/** Bytes of an object. */
export interface ObjectPart {
  key: string;
  offset: number;
  bytes: number;
}

/** What lies between two parts is read in vain, which takes less time than another request: up to so many bytes at a place, and no more in all than what is asked for. */
const MOST_BETWEEN = 64 * 1024;

/** Parts are not put together beyond so many bytes. */
export const MOST_TOGETHER = 4 * 1024 * 1024;

const READS_AT_ONCE = 8;

interface Read extends ObjectPart {
  /** Which of the parts it gives. */
  parts: number[];
  /** Their bytes. */
  wanted: number;
}

/**
 * Reads many small parts of objects with few requests: those that lie side by side come together. The buffers are in
 * the order of the parts and belong to the caller; they may share memory with each other. Rejects as `Backend.read`
 * does when one part is not there.
 */
export async function readParts(backend: Backend, parts: readonly ObjectPart[]): Promise<Buffer[]> {
  const buffers: Buffer[] = [];
  const reads = mapConcurrently(planReads(parts), READS_AT_ONCE, async (read) => {
    return { read, memory: await backend.read(read.key, { offset: read.offset, bytes: read.bytes }) };
  });
  for await (const { read, memory } of reads) {
    for (const index of read.parts) {
      const { offset, bytes } = parts[index]!;
      buffers[index] = memory.subarray(offset - read.offset, offset - read.offset + bytes);
    }
  }
  return buffers;
}

/** Which requests are made for them. */
export function planReads(parts: readonly ObjectPart[]): Read[] {
  const order = [...parts.keys()].toSorted((a, b) => compare(parts[a]!, parts[b]!));
  const reads: Read[] = [];
  for (const index of order) {
    const { key, offset, bytes } = parts[index]!;
    const last = reads.at(-1);
    const end = offset + bytes;
    if (last?.key === key && isWorthIt(last, offset, end)) {
      last.bytes = Math.max(last.bytes, end - last.offset);
      last.wanted += bytes;
      last.parts.push(index);
    } else {
      reads.push({ key, offset, bytes, parts: [index], wanted: bytes });
    }
  }
  return reads;
}

function isWorthIt(last: Read, offset: number, end: number): boolean {
  if (offset - (last.offset + last.bytes) > MOST_BETWEEN) return false;
  const together = end - last.offset;
  return together <= MOST_TOGETHER && together <= 2 * (last.wanted + end - offset);
}

function compare(a: ObjectPart, b: ObjectPart): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.offset - b.offset;
}
