import { mkdir, symlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveUnderRoots } from '../../../src/engine/filestore/paths/allowed-path.js';
import { Scratch } from './filestore-scratch.js';

describe('resolveUnderRoots', () => {
  let scratch: Scratch;
  let root: string;

  beforeEach(async () => {
    scratch = await Scratch.create();
    root = await scratch.directory('data');
    await scratch.directory('data/shop/files');
    await scratch.directory('database/secret');
    await scratch.directory('outside/secret');
  });
  afterEach(() => scratch.remove());

  const outside = { code: 'filestore-outside-roots' };

  it('gives the real path of what lies below a root', async () => {
    expect(await resolveUnderRoots(`${root}/shop`, ['/nowhere', root])).toBe(`${root}/shop`);
    expect(await resolveUnderRoots(`${root}//shop/./files/`, [`${root}/`])).toBe(`${root}/shop/files`);
  });

  it('resolves links that stay below a root, and roots that are links', async () => {
    await symlink('shop', `${root}/link`);
    expect(await resolveUnderRoots(`${root}/link/files`, [root])).toBe(`${root}/shop/files`);
    await symlink('data', scratch.path('root-link'));
    expect(await resolveUnderRoots(scratch.path('root-link/shop'), [scratch.path('root-link')])).toBe(`${root}/shop`);
    expect(await resolveUnderRoots(scratch.path('root-link/shop'), [root])).toBe(`${root}/shop`);
  });

  it.each([
    ['the root itself', () => root],
    ['a link to the root', () => `${root}/self`],
    ['a directory whose name begins like the root', () => scratch.path('database/secret')],
    ['a path that climbs out', () => `${root}/../outside/secret`],
    ['a path that climbs out of what does not exist', () => `${root}/nothing/../../outside/secret`],
    ['a path that climbs and comes back', () => `${root}/shop/../shop`],
    ['a link that leads out', () => `${root}/out`],
    ['a path through a link that leads out', () => `${root}/out/secret`],
    ['a chain of links that leads out', () => `${root}/chain/secret`],
    ['a path through a link to what is not there', () => `${root}/out/nothing/at/all`],
    ['a link to what is not there', () => `${root}/dangling`],
    ['a path outside that exists', () => '/etc'],
    ['a path outside that does not exist', () => '/no/such/thing'],
    ['a path outside through a file', () => '/etc/passwd/x'],
    ['a relative path', () => 'data/shop'],
    ['an empty path', () => ''],
    ['a NUL character', () => `${root}/shop\0`],
  ])('refuses %s', async (_, path) => {
    await symlink('.', `${root}/self`);
    await symlink('../outside', `${root}/out`);
    await symlink('out', `${root}/chain`);
    await symlink('../outside/nothing', `${root}/dangling`);
    await expect(resolveUnderRoots(path(), [root])).rejects.toMatchObject(outside);
  });

  it('refuses everything when there are no roots, or none that exist', async () => {
    await expect(resolveUnderRoots(`${root}/shop`, [])).rejects.toMatchObject(outside);
    await expect(resolveUnderRoots(`${root}/shop`, [scratch.path('nothing')])).rejects.toMatchObject(outside);
  });

  it('says what is missing, no directory, or a circle, below a root', async () => {
    await expect(resolveUnderRoots(`${root}/nothing`, [root])).rejects.toMatchObject({
      code: 'filestore-missing',
      message: expect.stringContaining('does not exist'),
    });
    await scratch.file('data/file');
    const noDirectory = { code: 'filestore-not-a-directory' };
    await expect(resolveUnderRoots(`${root}/file`, [root])).rejects.toMatchObject(noDirectory);
    await expect(resolveUnderRoots(`${root}/file/x`, [root])).rejects.toMatchObject(noDirectory);
    await symlink('circle', `${root}/circle`);
    await expect(resolveUnderRoots(`${root}/circle`, [root])).rejects.toMatchObject({ code: 'filestore-missing' });
  });

  it('refuses a link to a name that no configuration could hold', async () => {
    await mkdir(scratch.bytes('data', '\xff'));
    await symlink(Buffer.from('\xff', 'latin1'), `${root}/odd`);
    await expect(resolveUnderRoots(`${root}/odd`, [root])).rejects.toMatchObject({ code: 'filestore-missing' });
  });
});
