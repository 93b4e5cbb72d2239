import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planReads, readParts } from './read-parts.js';
import type { Backend } from '../backend/backend.js';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('planReads', () => {
  it('puts neighbours together, in whatever order they are asked for', () => {
    const parts = [
      { key: 'b', offset: 100, bytes: 10 },
      { key: 'a', offset: 200, bytes: 10 },
      { key: 'a', offset: 0, bytes: 100 },
      { key: 'a', offset: 210 + 65 * KIB, bytes: 1 },
    ];
    expect(planReads(parts)).toEqual([
      { key: 'a', offset: 0, bytes: 210, parts: [2, 1], wanted: 110 },
      { key: 'a', offset: 210 + 65 * KIB, bytes: 1, parts: [3], wanted: 1 },
      { key: 'b', offset: 100, bytes: 10, parts: [0], wanted: 10 },
    ]);
  });

  it('reads in vain no more than what is asked for', () => {
    const scattered = Array.from({ length: 100 }, (_, n) => ({ key: 'a', offset: n * 40 * KIB, bytes: 10 * KIB }));
    expect(planReads(scattered).every(({ bytes, wanted }) => bytes <= 2 * wanted)).toBe(true);
    const dense = scattered.map((part, n) => ({ ...part, offset: n * 15 * KIB }));
    expect(planReads(dense)).toHaveLength(1);
  });

  it('reads no more than 4 MiB at a time, unless one part is larger', () => {
    const sizes = planReads(Array.from({ length: 9 }, (_, n) => ({ key: 'a', offset: n * MIB, bytes: MIB })));
    expect(sizes.map(({ bytes }) => bytes / MIB)).toEqual([4, 4, 1]);
    expect(planReads([{ key: 'a', offset: 0, bytes: 9 * MIB }])).toHaveLength(1);
  });
});

describe('readParts', () => {
  it('gives every part its own bytes, of whatever parts of whatever objects', async () => {
    const objects = ['a', 'b'].map((key) => ({
      key,
      bytes: Buffer.from(Array.from({ length: 300 * KIB }, (_, n) => n % 251)),
    }));
    const read: Backend['read'] = async (key, range) => {
      const { bytes } = objects.find((object) => object.key === key)!;
      return Buffer.from(bytes.subarray(range!.offset, range!.offset + range!.bytes));
    };
    const part = fc.record({ key: fc.constantFrom('a', 'b'), offset: fc.nat(200 * KIB), bytes: fc.nat(100 * KIB) });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        const buffers = await readParts({ read } as Backend, parts);
        expect(buffers).toHaveLength(parts.length);
        for (const [index, { key, offset, bytes }] of parts.entries()) {
          const whole = objects.find((object) => object.key === key)!.bytes;
          expect(buffers[index]!.equals(whole.subarray(offset, offset + bytes))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});
