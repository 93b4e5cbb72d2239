import { describe, expect, it } from 'vitest';
import { inParts, sourceOf } from './object-source.js';

const partsOf = async (pieces: string[], partBytes: number) => {
  const parts: string[] = [];
  for await (const part of inParts(sourceOf(...pieces.map((piece) => Buffer.from(piece))), partBytes)) {
    parts.push(part.toString());
  }
  return parts;
};

describe('a source cut into parts', () => {
  it('has parts of the same size, wherever its buffers end, and a shorter last one', async () => {
    expect(await partsOf(['abcdefgh'], 3)).toEqual(['abc', 'def', 'gh']);
    expect(await partsOf(['a', '', 'bcd', 'efgh', 'i'], 3)).toEqual(['abc', 'def', 'ghi']);
    expect(await partsOf(['ab'], 3)).toEqual(['ab']);
    expect(await partsOf(['', ''], 3)).toEqual(['']);
    expect(await partsOf([], 3)).toEqual(['']);
  });

  it('does not hand out the last part of a source that is too long or too short', async () => {
    for (const bytes of [5, 7]) {
      const parts: number[] = [];
      const reading = (async () => {
        for await (const part of inParts({ bytes, open: sourceOf(Buffer.alloc(6)).open }, 3)) parts.push(part.length);
      })();
      await expect(reading).rejects.toThrow(RangeError);
      expect(parts.reduce((sum, length) => sum + length, 0)).toBeLessThan(bytes);
    }
  });
});
