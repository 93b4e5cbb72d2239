import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptDirectoryName, stagedDirectoryName } from './exchange.js';

const id = '0198c0de-0000-7000-8000-00000000002a';

describe('stagedDirectoryName and keptDirectoryName', () => {
  it('are hidden siblings that say what they are and whose', () => {
    expect(stagedDirectoryName('/srv/data/shop', id)).toBe(`/srv/data/.shop.snapback-staged-${id}`);
    expect(keptDirectoryName('/srv/data/shop', id)).toBe(`/srv/data/.shop.snapback-kept-${id}`);
  });

  it.each([
    ['255 bytes', 'x'.repeat(255)],
    ['255 bytes of two-byte characters', `x${'ü'.repeat(127)}`],
    ['252 bytes of four-byte characters', '𝄞'.repeat(63)],
    ['four-byte characters at an odd offset', `ab${'𝄞'.repeat(63)}`],
  ])('stay within 255 bytes and whole characters for a name of %s', (_, name) => {
    for (const path of [stagedDirectoryName(`/srv/${name}`, id), keptDirectoryName(`/srv/${name}`, id)]) {
      expect(dirname(path)).toBe('/srv');
      expect(Buffer.byteLength(basename(path))).toBeLessThanOrEqual(255);
      expect(basename(path)).toMatch(new RegExp(`${id}$`));
      expect(basename(path).isWellFormed()).toBe(true);
    }
  });

  it.each(['', '../x', 'a/b', 'a b', 'x'.repeat(65)])('refuse the attempt id %j', (attempt) => {
    expect(() => stagedDirectoryName('/srv/shop', attempt)).toThrow(TypeError);
  });
});
