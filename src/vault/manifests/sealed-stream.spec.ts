import { randomBytes } from 'node:crypto';
import { assert, asyncProperty, integer, oneof } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataKey } from '../keys/data-key.js';
import { SEALED_BYTES, SealedParts, SealError, openStream, sealStream } from './sealed-stream.js';

const key = DataKey.generate();
const context = 'manifest of a snapshot';

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

async function* sliced(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const seal = (plain: Buffer, slice = 1000) => collect(sealStream(key, context, sliced(plain, slice)));
const open = (sealed: Buffer, slice = 1000) => collect(openStream(key, context, sliced(sealed, slice)));

/** Around the ends of segments, where everything that can go wrong does. */
const sizes = oneof(
  integer({ min: 0, max: 3 }),
  integer({ min: SEALED_BYTES - 2, max: SEALED_BYTES + 2 }),
  integer({ min: 2 * SEALED_BYTES - 2, max: 2 * SEALED_BYTES + 2 }),
);

describe('a sealed stream', () => {
  it('gives back what was put in, however it is sliced', async () => {
    await assert(
      asyncProperty(
        sizes,
        integer({ min: 777, max: 400_000 }),
        integer({ min: 777, max: 400_000 }),
        async (size, a, b) => {
          const plain = Buffer.alloc(size, 'plain bytes');
          expect((await open(await seal(plain, a), b)).equals(plain)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('notices every single flipped bit', async () => {
    const sealed = await seal(Buffer.from('a short manifest'));
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await expect(open(flipped)).rejects.toBeInstanceOf(SealError);
    }
  });

  it('notices that it was cut off, anywhere, also at the end of a segment', async () => {
    const sealed = await seal(Buffer.alloc(2 * SEALED_BYTES + 10, 7));
    const ends = [0, 1, 51, 52, 53, 67, 68, 52 + SEALED_BYTES + 16, 52 + 2 * (SEALED_BYTES + 16), sealed.length - 1];
    for (const end of ends)
      await expect(open(sealed.subarray(0, end), 5000), `${end}`).rejects.toBeInstanceOf(SealError);
  });

  it('notices segments that were swapped or repeated, and bytes after the end', async () => {
    const sealed = await seal(Buffer.alloc(3 * SEALED_BYTES, 7));
    const size = SEALED_BYTES + 16;
    const [header, a, b, c] = [0, 52, 52 + size, 52 + 2 * size].map((at, index) =>
      sealed.subarray(at, index === 0 ? 52 : at + size),
    ) as [Buffer, Buffer, Buffer, Buffer];
    await expect(open(Buffer.concat([header, b, a, c]), 5000)).rejects.toThrow(/segment 0/);
    await expect(open(Buffer.concat([header, a, a, c]), 5000)).rejects.toThrow(/segment 1/);
    await expect(open(Buffer.concat([header, a, b, c, c]), 5000)).rejects.toThrow(/segment 2/);
    expect((await open(Buffer.concat([header, a, b, c]), 5000)).length).toBe(3 * SEALED_BYTES);
  });

  it('opens neither as something else nor under another key', async () => {
    const sealed = await seal(Buffer.from('mine'));
    await expect(collect(openStream(key, 'another snapshot', sliced(sealed, 100)))).rejects.toThrow(/altered/);
    await expect(collect(openStream(DataKey.generate(), context, sliced(sealed, 100)))).rejects.toMatchObject({
      code: 'wrong-key',
    });
  });
});

describe('parts of a sealed stream', () => {
  const readable = (sealed: Buffer) => ({
    bytes: sealed.length,
    read: async (offset: number, bytes: number) => sealed.subarray(offset, offset + bytes),
  });

  it.each([0, 1, SEALED_BYTES - 1, SEALED_BYTES, SEALED_BYTES + 1, 3 * SEALED_BYTES + 5])(
    'are those of %i plain bytes, wherever they begin and end, in any order',
    async (length) => {
      const plain = randomBytes(length);
      const sealed = await collect(sealStream(key, 'it', sliced(plain, 100_000)));
      const parts = await SealedParts.open(key, 'it', readable(sealed));
      expect(parts.bytes).toBe(length);
      const offsets = [0, 1, SEALED_BYTES - 1, SEALED_BYTES, 2 * SEALED_BYTES + 3, length - 1].filter(
        (at) => at >= 0 && at < length,
      );
      for (const offset of [...offsets, ...offsets.toReversed()]) {
        for (const bytes of [1, 100, SEALED_BYTES, length - offset]) {
          const end = Math.min(length, offset + bytes);
          const part = await parts.read(offset, end - offset);
          expect([offset, end, part.equals(plain.subarray(offset, end))]).toEqual([offset, end, true]);
        }
      }
    },
  );

  it('are refused when they are altered, of another stream, or of one that is cut off', async () => {
    const sealed = await collect(sealStream(key, 'it', sliced(randomBytes(2 * SEALED_BYTES), 100_000)));
    const altered = Buffer.from(sealed);
    altered[60]! ^= 1;
    await expect((await SealedParts.open(key, 'it', readable(altered))).read(0, 10)).rejects.toThrow('segment 0');
    await expect((await SealedParts.open(key, 'other', readable(sealed))).read(0, 10)).rejects.toThrow('segment 0');
    const cut = await SealedParts.open(key, 'it', readable(sealed.subarray(0, 52 + SEALED_BYTES + 16)));
    await expect(cut.read(0, 10)).rejects.toThrow('segment 0');
    await expect(SealedParts.open(key, 'it', readable(sealed.subarray(0, 60)))).rejects.toThrow('cut off');
  });
});
