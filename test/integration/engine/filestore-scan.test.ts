import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lchown, link, lstat, mkdir, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scanFilestore } from '../../../src/engine/filestore/scan/scan-filestore.js';
import { asNobody, collect, never, paths, Scratch } from './filestore-scratch.js';

describe('scanFilestore', () => {
  let scratch: Scratch;
  let root: string;

  beforeEach(async () => {
    scratch = await Scratch.create();
    root = await scratch.directory('store');
  });
  afterEach(() => scratch.remove());

  const scan = () => scanned(root);
  const scanned = async (path: string, from?: Buffer) =>
    (await collect(scanFilestore(path, { signal: never, ...(from && { from }) }))).flat();

  it('yields the root first and every directory before what it contains', async () => {
    for (const name of ['a/b/c/1', 'a/b/2', 'a/3', '4', 'z/5']) await scratch.file(`store/${name}`);
    await scratch.directory('store/empty/er');
    const found = paths(await scan());
    expect(found[0]).toBe('');
    expect(found.toSorted()).toEqual(
      ['', '4', 'a', 'a/3', 'a/b', 'a/b/2', 'a/b/c', 'a/b/c/1', 'empty', 'empty/er', 'z', 'z/5'].toSorted(),
    );
    for (const [index, path] of found.entries()) {
      if (path === '') continue;
      const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
      expect(found.indexOf(parent)).toBeLessThan(index);
    }
  });

  it('keeps names as bytes', async () => {
    const names = ['new\nline', '\xff\xfe', ' ', '-rf', '"\'`$(x)', '\\', 'x'.repeat(255), '\x01\x7f'];
    for (const name of names) await writeFile(scratch.bytes('store', name), 'x');
    const found = paths(await scan()).filter((path) => path !== '');
    expect(found.toSorted()).toEqual(names.toSorted());
  });

  it('tells of all kinds what the system tells, to the nanosecond', async () => {
    await scratch.file('store/old', 'old');
    await utimes(`${root}/old`, -1.5, -1.5);
    await chmod(`${root}/old`, 0o6640);
    await lchown(`${root}/old`, 70_000, 4_000_000_000).catch(() => undefined);
    await link(`${root}/old`, `${root}/twice`);
    await mkdir(`${root}/sticky`, { mode: 0o1777 });
    await symlink('old', `${root}/link`);
    const found = await scan();
    expect(found).toHaveLength(5);
    for (const entry of found) {
      const stats = await lstat(join(root, entry.path.toString()), { bigint: true });
      const { mode, uid, gid, mtimeNs, ctimeNs } = stats;
      const common = { mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid), mtimeNs, ctimeNs };
      expect(entry).toMatchObject(common);
      if (entry.kind !== 'file') continue;
      const { size, nlink, ino } = stats;
      expect(entry).toMatchObject({ size: Number(size), links: Number(nlink), inode: ino });
    }
  });

  it('reports links with their target and never follows them', async () => {
    await scratch.file('outside/secret');
    await symlink('../outside', `${root}/directory`);
    await symlink('/etc/passwd', `${root}/absolute`);
    await symlink('..', `${root}/parent`);
    await symlink('.', `${root}/itself`);
    await symlink(Buffer.from('\xff-nowhere', 'latin1'), `${root}/dangling`);
    const links = (await scan()).filter((entry) => entry.kind === 'symlink');
    expect(Object.fromEntries(links.map((entry) => [entry.path.toString(), entry.target.toString('latin1')]))).toEqual({
      directory: '../outside',
      absolute: '/etc/passwd',
      parent: '..',
      itself: '.',
      dangling: '\xff-nowhere',
    });
  });

  it('tells modes with all twelve bits, owners, nanoseconds and the number of names', async () => {
    const file = await scratch.file('store/file', 'five!');
    await chmod(file, 0o6755);
    await link(file, `${root}/second`);
    await chmod(root, 0o1777);
    const stats = await lstat(file, { bigint: true });
    const entries = await scan();
    expect(entries[0]).toMatchObject({ kind: 'directory', mode: 0o1777 });
    const { mtimeNs, ctimeNs, ino: inode } = stats;
    const expected = { uid: Number(stats.uid), gid: Number(stats.gid), mtimeNs, ctimeNs, inode };
    expect(entries.find((entry) => entry.path.toString() === 'file')).toEqual({
      ...{ kind: 'file', path: Buffer.from('file'), mode: 0o6755, size: 5, links: 2 },
      ...expected,
    });
  });

  it('calls what has no content special, and does not hang on it', async () => {
    await scratch.fifo('store/fifo');
    await scratch.socket('store/socket');
    const special = (await scan()).filter((entry) => entry.kind === 'special');
    expect(special.map((entry) => [entry.path.toString(), entry.type]).toSorted()).toEqual([
      ['fifo', 'fifo'],
      ['socket', 'socket'],
    ]);
  });

  it('leaves out what disappears meanwhile', async () => {
    for (const name of ['a/1', 'b/1']) await scratch.file(`store/${name}`);
    const found: string[] = [];
    for await (const entries of scanFilestore(root, { signal: never })) {
      found.push(...entries.map(({ path }) => path.toString()));
      if (entries[0]?.path.length === 0) await rm(`${root}/a`, { recursive: true });
    }
    expect(found).toEqual(['', 'b', 'b/1']);
  });

  it('does not leave the root through a directory that becomes a link in the middle', async () => {
    await scratch.file('outside/a/deep/secret');
    for (const name of ['a/deep/1', 'b/1']) await scratch.file(`store/${name}`);
    const found: string[] = [];
    let swapped = false;
    for await (const entries of scanFilestore(root, { signal: never })) {
      found.push(...entries.map(({ kind, path }) => `${kind} ${path.toString()}`));
      if (found.includes('directory a') && !swapped) {
        swapped = true;
        // Its children are still to come, by a path that now leads elsewhere.
        await rename(`${root}/a`, scratch.path('moved'));
        await symlink('../outside/a', `${root}/a`);
      }
      if (entries[0]?.path.length === 0) {
        await rename(`${root}/b`, scratch.path('moved-too'));
        await symlink('../outside', `${root}/b`);
      }
    }
    expect(swapped).toBe(true);
    expect(found.join('\n')).not.toContain('secret');
    expect(found).toContain('symlink b');
  });

  it('starts anywhere, also where a file became a directory', async () => {
    await scratch.file('store/a/b/1');
    const from = Buffer.from('a/b');
    expect(paths(await scanned(root, from))).toEqual(['a/b', 'a/b/1']);
    await unlink(`${root}/a/b/1`);
    expect(await scanned(root, Buffer.from('a/b/1'))).toEqual([]);
  });

  it('names a directory that it may not list, or not enter', async () => {
    await scratch.file('store/open/closed\n/1');
    await chmod(`${root}/open/closed\n`, 0o000);
    const failure = { code: 'filestore-unreadable', message: expect.stringContaining('"open/closed\\x0a"') };
    await asNobody(() => expect(scan()).rejects.toMatchObject(failure));
    await chmod(`${root}/open/closed\n`, 0o444);
    const inside = { code: 'filestore-unreadable', message: expect.stringContaining('"open/closed\\x0a/1"') };
    await asNobody(() => expect(scan()).rejects.toMatchObject(inside));
  });

  it('says what is wrong with a root that is missing, no directory, or reached through a link', async () => {
    const scanning = scanned;
    await expect(scanning(scratch.path('nothing'))).rejects.toMatchObject({ code: 'filestore-missing' });
    const file = await scratch.file('file');
    await expect(scanning(file)).rejects.toMatchObject({ code: 'filestore-not-a-directory' });
    await symlink('store', scratch.path('link'));
    await expect(scanning(scratch.path('link'))).rejects.toMatchObject({
      code: 'filestore-missing',
      message: expect.stringContaining('symbolic link'),
    });
    await expect(scanning(`${root}/../store`)).rejects.toMatchObject({ code: 'filestore-missing' });
    expect(paths(await scanning(`${root}/`))).toEqual(['']);
  });

  it('does not take a root that was moved away for one that was emptied', async () => {
    for (const name of ['a/1', 'b/1']) await scratch.file(`store/${name}`);
    const scanning = async () => {
      for await (const [first] of scanFilestore(root, { signal: never })) {
        if (first?.path.length !== 0) continue;
        await rename(root, scratch.path('elsewhere'));
        await mkdir(root);
      }
    };
    await expect(scanning()).rejects.toMatchObject({ code: 'filestore-missing' });
  });

  it('stops with the reason it is aborted for', async () => {
    await scratch.file('store/a/1');
    const stop = new AbortController();
    const reason = new Error('enough');
    const scanning = async () => {
      for await (const _ of scanFilestore(root, { signal: stop.signal })) stop.abort(reason);
    };
    await expect(scanning()).rejects.toBe(reason);
  });

  it('holds no more of 20,000 files than of a few', { timeout: 120_000 }, async () => {
    const total = 20_000;
    for (let n = 0; n < total; n += 500) {
      const directory = await scratch.directory(`store/${n}`);
      await Promise.all(
        Array.from({ length: 500 }, (_, i) => writeFile(`${directory}/${'long-name-'.repeat(15)}${i}`, '')),
      );
    }
    const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
    const imports = [
      '--no-warnings',
      '--experimental-transform-types',
      '--import',
      here('../../harness/typescript-imports.mjs'),
    ];
    const child = fork(here('filestore-scan-heap.ts'), [root], { execArgv: ['--expose-gc', ...imports] });
    const [{ seen, measured, difference }] = (await once(child, 'message')) as [Record<string, number>];
    expect(seen).toBe(total + 40 + 1);
    expect(measured).toBeGreaterThan(3);
    expect(difference).toBeLessThan(5 * 1024 * 1024);
  });
});
