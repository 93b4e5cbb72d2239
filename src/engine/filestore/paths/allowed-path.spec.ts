import { describe, expect, it } from 'vitest';
import { isUnderRoots } from './allowed-path.js';

describe('isUnderRoots', () => {
  it.each([
    ['/srv/data/shop', ['/srv/data']],
    ['/srv/data/shop/', ['/srv/data/']],
    ['/srv//data/./shop', ['/srv/data']],
    ['/srv/data/a/b', ['/opt', '/srv/data']],
    ['/srv', ['/']],
  ])('says that %s is under one of %j', (path, roots) => {
    expect(isUnderRoots(path, roots)).toBe(true);
  });

  it.each([
    ['the root itself', '/srv/data', ['/srv/data']],
    ['the root itself with a slash', '/srv/data/', ['/srv/data']],
    ['a directory whose name begins like the root', '/srv/database/x', ['/srv/data']],
    ['a relative path', 'srv/data/x', ['/srv/data']],
    ['a path that climbs out', '/srv/data/../etc', ['/srv/data']],
    ['a path that climbs and comes back', '/srv/data/a/../b', ['/srv/data']],
    ['a NUL character', '/srv/data/x\0/y', ['/srv/data']],
    ['no roots', '/srv/data/x', []],
    ['an empty root', '/srv/data/x', ['']],
    ['the top of all', '/', ['/']],
  ])('says no to %s', (_, path, roots) => {
    expect(isUnderRoots(path, roots)).toBe(false);
  });
});
