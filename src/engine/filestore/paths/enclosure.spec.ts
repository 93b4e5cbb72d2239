import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isEnclosure, keptAgainName, keptDirectoryName, isInMountPoint, stagedDirectoryName } from './enclosure.js';

const id = '0198c0de-0000-7000-8000-00000000002a';
const other = '0198c0de-0000-7000-8000-00000000002b';

describe('stagedDirectoryName and keptDirectoryName', () => {
  it('lie in one hidden directory beside the live one that says whose it is', () => {
    const staged = stagedDirectoryName('/srv/data/shop', id);
    expect(staged).toBe(`/srv/data/.shop.snapback-${id}/staged`);
    expect(keptDirectoryName(staged)).toBe(`/srv/data/.shop.snapback-${id}/kept`);
    expect(isInMountPoint(staged)).toBe(false);
  });

  it('lie in the live one where that is a mount point', () => {
    const staged = stagedDirectoryName('/srv/data/shop', id, '/srv/data/shop');
    expect(staged).toBe(`/srv/data/shop/.this-mount.snapback-${id}/staged`);
    expect(isInMountPoint(keptDirectoryName(staged))).toBe(true);
  });

  it.each([
    ['255 bytes', 'x'.repeat(255)],
    ['255 bytes of two-byte characters', `x${'ü'.repeat(127)}`],
    ['252 bytes of four-byte characters', '𝄞'.repeat(63)],
    ['four-byte characters at an odd offset', `ab${'𝄞'.repeat(63)}`],
  ])('stay within 255 bytes and whole characters for a name of %s', (_, name) => {
    const enclosure = dirname(stagedDirectoryName(`/srv/${name}`, id));
    expect(dirname(enclosure)).toBe('/srv');
    expect(Buffer.byteLength(basename(enclosure))).toBeLessThanOrEqual(255);
    expect(basename(enclosure)).toMatch(new RegExp(`${id}$`));
    expect(basename(enclosure).isWellFormed()).toBe(true);
    expect(isEnclosure(enclosure)).toBe(true);
  });

  it.each(['', '../x', 'a/b', 'a b', 'x'.repeat(65)])('refuse the attempt id %j', (attempt) => {
    expect(() => stagedDirectoryName('/srv/shop', attempt)).toThrow(TypeError);
  });
});

describe('keptAgainName', () => {
  it.each([
    [`.shop.snapback-${id}/kept`, `.shop.snapback-${id}/kept-${other}`],
    [`.shop.snapback-${id}/kept-${id}`, `.shop.snapback-${id}/kept-${other}`],
    [`.shop.snapback-${id}/staged.e12.0a1b2c`, `.shop.snapback-${id}/kept-${other}`],
    // As earlier versions called them.
    [`.shop.snapback-kept-${id}`, `.shop.snapback-kept-${other}`],
    [`.shop.snapback-staged-${id}.e2.0a1b2c`, `.shop.snapback-kept-${other}`],
  ])('of %s is %s', (kept, again) => {
    expect(keptAgainName(`/srv/${kept}`, other)).toBe(`/srv/${again}`);
  });
});

describe('isEnclosure', () => {
  it.each(['/srv/shop', `/srv/.shop.snapback-kept-${id}`, `/srv/.shop.snapback-staged-${id}`, '/srv/.snapback'])(
    'is false for %s',
    (path) => expect(isEnclosure(path)).toBe(false),
  );
});
