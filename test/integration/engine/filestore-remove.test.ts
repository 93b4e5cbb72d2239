import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTree } from '../../harness/remove-tree.js';
import { asNobody, Scratch } from './filestore-scratch.js';

const run = promisify(execFile);

describe('removeTree', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await Scratch.create();
  });
  afterEach(() => scratch.remove());

  it('removes any names and kinds, and nothing that a link points to', async () => {
    await scratch.file('outside/precious', 'kept');
    await scratch.directory('tree/empty');
    for (const name of ['\xff', 'new\nline', ' ', '-rf', 'x'.repeat(255)]) {
      await mkdir(scratch.bytes('tree', `${name.slice(0, 254)}d`));
      await writeFile(scratch.bytes('tree', `${name.slice(0, 254)}d`, name), '');
    }
    await symlink('../outside', scratch.path('tree/directory-link'));
    await symlink('../outside/precious', scratch.path('tree/file-link'));
    await scratch.fifo('tree/fifo');
    await scratch.socket('tree/socket');
    await removeTree(scratch.path('tree'));
    expect(await readdir(scratch.root)).toEqual(['outside']);
    expect(await readFile(scratch.path('outside/precious'), 'utf8')).toBe('kept');
  });

  it('removes a link, not the directory it points to', async () => {
    await scratch.file('outside/precious');
    await symlink('outside', scratch.path('link'));
    await removeTree(scratch.path('link'));
    expect(await readdir(scratch.root)).toEqual(['outside']);
    expect(await readdir(scratch.path('outside'))).toEqual(['precious']);
  });

  it('takes what is missing for removed', async () => {
    await expect(removeTree(scratch.path('nothing'))).resolves.toBeUndefined();
    await expect(removeTree(scratch.path('no/parent'))).resolves.toBeUndefined();
  });

  it('removes directories that their owner may not write, read or enter', async () => {
    await scratch.directory('open');
    await chmod(scratch.path('open'), 0o777);
    await asNobody(async () => {
      for (const mode of [0o000, 0o100, 0o400, 0o500]) {
        const name = `open/tree/${mode.toString(8)}`;
        await scratch.file(`${name}/deeper/file`);
        await chmod(scratch.path(`${name}/deeper`), mode);
        await chmod(scratch.path(name), mode);
      }
      await chmod(scratch.path('open/tree'), 0o500);
      await removeTree(scratch.path('open/tree'));
    });
    expect(await readdir(scratch.path('open'))).toEqual([]);
  });

  it('names what it may not remove', async () => {
    await scratch.file('tree/a/file\n');
    await asNobody(() =>
      expect(removeTree(scratch.path('tree'))).rejects.toMatchObject({ code: 'filestore-unwritable' }),
    );
    expect(await readdir(scratch.path('tree/a'))).toEqual(['file\n']);
  });

  it('removes a tree deeper than any path can be', async () => {
    const depth = 60;
    const script = `cd "$1" && for i in $(seq ${depth}); do mkdir "$2" && cd "$2"; done; echo x > file`;
    await run('sh', ['-c', script, 'sh', await scratch.directory('tree'), 'd'.repeat(200)]);
    await removeTree(scratch.path('tree'));
    await expect(lstat(scratch.path('tree'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does not empty what is mounted inside', async (context) => {
    const path = await scratch.directory('tree/mounted');
    const mounted = await run('mount', ['-t', 'tmpfs', 'none', path]).catch(() => undefined);
    if (!mounted) return context.skip();
    try {
      await scratch.file('tree/mounted/precious', 'kept');
      await expect(removeTree(scratch.path('tree'))).rejects.toMatchObject({ code: 'filestore-unwritable' });
      expect(await readFile(`${path}/precious`, 'utf8')).toBe('kept');
    } finally {
      await run('umount', [path]);
    }
  });
});
