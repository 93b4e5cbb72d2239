import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLines } from './line-splitter.js';

async function linesOf(buffers: Iterable<Buffer>): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of splitLines(Readable.from(buffers))) lines.push(...some.map(String));
  return lines;
}

describe('splitting into lines', () => {
  it('gives the same lines however the bytes arrive, and loses none', async () => {
    const piece = fc.string({ unit: fc.constantFrom('a', '\n', 'ü'), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        const lines = await linesOf(pieces.map((text) => Buffer.from(text)));
        expect(lines).toEqual([...(pieces.join('').match(/[^\n]*\n|[^\n]+$/g) ?? [])]);
      }),
    );
  });

  it('refuses a line without end before it fills the memory', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    let read = 0;
    function* endless(): Generator<Buffer> {
      for (; ; read++) yield megabyte;
    }
    await expect(linesOf(endless())).rejects.toThrow('too long');
    expect(read).toBeLessThan(200);
  });
});
