import { type Cipheriv, createCipheriv } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import type { ContentSink } from '../../../src/vault/packing/content-sink.js';
import type { ContentSource } from '../../../src/vault/packing/content-source.js';

/** `store`: contents of so many bytes without any pattern, the same for the same number. */
export type NoiseQuestion =
  | { kind: 'store'; number: number; bytes: readonly number[] }
  | { kind: 'refuse' }
  | { kind: 'break' }
  | { kind: 'wait'; ms: number };

const ZEROS = Buffer.alloc(100_000);

function cipherOf(number: number): Cipheriv {
  const start = Buffer.alloc(16);
  start.writeUInt32BE(number);
  return createCipheriv('aes-256-ctr', Buffer.alloc(32), start);
}

export function noise(number: number, bytes: number): Buffer {
  return cipherOf(number).update(Buffer.alloc(bytes));
}

/** Reads what nobody has to keep in memory. */
export default function noiseSource(_: undefined, sink: ContentSink): ContentSource<NoiseQuestion, ContentRef[]> {
  const closed = new AbortController();
  const store = async (number: number, bytes: number): Promise<ContentRef> => {
    const cipher = cipherOf(number);
    for (let left = bytes; left > 0 && !closed.signal.aborted;) {
      const room = await sink.room();
      const count = Math.min(room.length, left, ZEROS.length);
      room.set(cipher.update(ZEROS.subarray(0, count)));
      sink.took(count);
      left -= count;
    }
    return sink.end();
  };
  return {
    answer: async (question) => {
      if (question.kind === 'refuse') throw Object.assign(new Error('not that one'), { code: 'refused' });
      if (question.kind === 'break') throw new Error('broken');
      if (question.kind === 'wait') await sleep(question.ms);
      const refs: ContentRef[] = [];
      if (question.kind !== 'store') return refs;
      for (const [index, bytes] of question.bytes.entries()) refs.push(await store(question.number + index, bytes));
      return refs;
    },
    close: () => closed.abort(),
  };
}
