import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, statfs, symlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatherFilestoreFacts } from '../../../src/engine/filestore/facts/filestore-facts.js';
import { asNobody, Scratch } from './filestore-scratch.js';

const run = promisify(execFile);

describe('gatherFilestoreFacts', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await Scratch.create();
  });
  afterEach(() => scratch.remove());

  it('tells all about a plain directory and leaves nothing beside it', async () => {
    const path = await scratch.directory('store');
    const stats = await lstat(path, { bigint: true });
    const space = await statfs(scratch.root);
    expect(await gatherFilestoreFacts(path)).toEqual({
      path,
      exists: true,
      isDirectory: true,
      isSymlink: false,
      realPath: path,
      inode: String(stats.ino),
      device: String(stats.dev),
      parent: scratch.root,
      parentWritable: true,
      isMountPoint: false,
      mountsBelow: [],
      openFiles: [],
      freeBytes: expect.any(Number),
      totalBytes: space.blocks * space.bsize,
      exchangeSupported: true,
    });
    expect(await readdir(scratch.root)).toEqual(['store']);
  });

  it('looks through a symbolic link, and says that it is one', async () => {
    const real = await scratch.directory('elsewhere/store');
    await symlink('elsewhere/store', scratch.path('link'));
    expect(await gatherFilestoreFacts(scratch.path('link'))).toMatchObject({
      isSymlink: true,
      isDirectory: true,
      realPath: real,
      parent: scratch.path('elsewhere'),
    });
  });

  it('finds nothing without failing', async () => {
    expect(await gatherFilestoreFacts(scratch.path('nothing'))).toMatchObject({
      exists: false,
      isDirectory: false,
      parentWritable: true,
    });
    await symlink('nothing', scratch.path('dangling'));
    expect(await gatherFilestoreFacts(scratch.path('dangling'))).toMatchObject({ exists: false, isSymlink: true });
    expect(await gatherFilestoreFacts(scratch.path('no/parent'))).toMatchObject({
      exists: false,
      parentWritable: false,
      freeBytes: 0,
      exchangeSupported: false,
    });
    const file = await scratch.file('file');
    expect(await gatherFilestoreFacts(file)).toMatchObject({ exists: true, isDirectory: false });
  });

  it('sees a parent that it may not write into', async () => {
    await mkdir(scratch.path('closed/store'), { recursive: true });
    await asNobody(async () => {
      expect(await gatherFilestoreFacts(scratch.path('closed/store'))).toMatchObject({
        exists: true,
        parentWritable: false,
        exchangeSupported: false,
        exchangeProblem: expect.stringContaining('Cannot write'),
      });
    });
  });

  it('recognises a file system of its own', async () => {
    const facts = await gatherFilestoreFacts('/proc/self/task');
    expect(facts).toMatchObject({ exists: true, parentWritable: false });
    expect(await gatherFilestoreFacts('/proc')).toMatchObject({ isMountPoint: true });
    expect((await gatherFilestoreFacts('/dev')).mountsBelow).toContain('/dev/shm');
  });

  it('recognises mounts on and below the directory', async (context) => {
    const path = await scratch.directory('store/with space/mounted');
    const mounted = await run('mount', ['-t', 'tmpfs', 'none', path]).catch(() => undefined);
    if (!mounted) return context.skip();
    try {
      expect(await gatherFilestoreFacts(scratch.path('store'))).toMatchObject({
        isMountPoint: false,
        mountsBelow: [path],
      });
      expect(await gatherFilestoreFacts(path)).toMatchObject({ isMountPoint: true, mountsBelow: [] });
    } finally {
      await run('umount', [path]);
    }
  });
});
