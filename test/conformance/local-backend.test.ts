import { randomUUID } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../src/vault/backend/backend.js';
import { LocalBackend } from '../../src/vault/backend/local/local-backend.js';
import { listObjects } from '../../src/vault/backend/local/local-listing.js';
import { LocalRoot } from '../../src/vault/backend/local/local-root.js';
import { sourceOf } from '../../src/vault/backend/object-source.js';
import { collect, eachOf, inPieces, noise } from './content.js';
import { localSubject } from './subjects.js';

describe('a directory as a backend', () => {
  let subject: Awaited<ReturnType<typeof localSubject>>;
  let backend: Backend;
  let root: string;
  const content = noise('content', 50_000);

  beforeEach(async () => {
    subject = await localSubject();
    ({ backend } = subject);
    root = join(subject.directory, 'objects');
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await subject.close();
  });

  const incoming = () => readdir(join(root, '+incoming'));

  it('names an object only when its bytes are on disk, and says so only when its name is', async () => {
    const handle = await open(root);
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    const { sync: original } = prototype;
    const seen: string[] = [];
    vi.spyOn(prototype, 'sync').mockImplementation(async function (this: typeof handle) {
      const kind = (await this.stat()).isFile() ? 'file' : 'directory';
      seen.push(`${kind} ${existsSync(join(root, 'a/b/object')) ? 'named' : 'unnamed'}`);
      await original.call(this);
    });
    await backend.put('a/b/object', sourceOf(content));
    // The two directories were new: each is made durable in the one above.
    expect(seen).toEqual(['file unnamed', 'directory unnamed', 'directory unnamed', 'directory named']);
    seen.length = 0;
    await backend.put('a/b/object', sourceOf(content));
    expect(seen).toEqual(['file named', 'directory named']);
    seen.length = 0;
    await backend.delete(['a/b/object']);
    expect(seen).toEqual(['directory unnamed']);
    await handle.close();
  });

  it('shows no half object when a writer is killed in the middle, and cleans up after it', async () => {
    const bytes = 400_000;
    const script = fileURLToPath(new URL('children/put-forever.ts', import.meta.url));
    const hooks = fileURLToPath(new URL('../harness/typescript-imports.mjs', import.meta.url));
    const options = ['--no-warnings', '--experimental-transform-types', '--import', hooks];
    let stored = 0;
    for (let time = 0; time < 3; time += 1) {
      const directory = join(root, `killed-${time}`);
      const child = spawn(process.execPath, [...options, script, directory, `${bytes}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      let output = '';
      child.stdout.on('data', (text: Buffer) => (output += text.toString()));
      // The first one in the middle of its first object, the others at any time.
      while (!output.includes(time === 0 ? 'half' : 'stored 3')) await pause(time === 0 ? 0 : 3);
      child.kill('SIGKILL');
      await exited;
      const survivor = await LocalBackend.open(directory);
      const objects = await collect(survivor.list('objects/'));
      expect(objects.filter((object) => object.bytes !== bytes)).toEqual([]);
      expect(objects.length).toBeGreaterThanOrEqual(output.split('stored').length - 1);
      stored += objects.length;
      // Too young to be taken for dead.
      const left = await readdir(join(directory, '+incoming'));
      expect(await survivor.removeUnfinished(new Date(Date.now() + 60_000))).toBe(left.length);
      expect(await readdir(join(directory, '+incoming'))).toEqual([]);
    }
    expect(stored).toBeGreaterThanOrEqual(6);
  });

  it('removes what a dead writer left when it is opened, and nothing of a living one', async () => {
    const names = [randomUUID(), randomUUID()];
    const [dead, living] = names.map((name) => join(root, '+incoming', name));
    for (const file of [dead, living]) await writeFile(file ?? '', 'half');
    const hoursAgo = Date.now() / 1000 - 3 * 3600;
    await utimes(dead ?? '', hoursAgo, hoursAgo);
    await LocalBackend.open(root);
    expect(await incoming()).toEqual(names.slice(1));
  });

  it('leaves no temporary file behind, whatever came of the writing', async () => {
    await backend.put('object', sourceOf(content));
    await backend.replace('object', content.subarray(1));
    await expect(backend.put('object', sourceOf(content))).rejects.toMatchObject({ code: 'exists' });
    await expect(backend.put('other', { bytes: 5, open: () => inPieces(content).open() })).rejects.toThrow(RangeError);
    expect(await incoming()).toEqual([]);
  });

  it('never leaves its root through a symbolic link, wherever one was put', async () => {
    const outside = join(subject.directory, 'outside');
    await mkdir(join(outside, 'inner'), { recursive: true });
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(outside, join(root, 'linked'));
    await symlink(join(outside, 'secret'), join(root, 'file'));
    const denied = { code: 'denied' };
    for (const key of ['linked/secret', 'file']) await expect(backend.read(key)).rejects.toMatchObject(denied);
    for (const key of ['linked/new', 'linked/inner/new', 'linked/other/new']) {
      await expect(backend.put(key, sourceOf(content))).rejects.toMatchObject(denied);
      await expect(backend.replace(key, content)).rejects.toMatchObject(denied);
    }
    await expect(backend.delete(['linked/secret'])).rejects.toMatchObject(denied);
    await expect(collect(backend.list(''))).rejects.toMatchObject(denied);
    await expect(collect(backend.list('linked/'))).rejects.toMatchObject(denied);
    expect((await readdir(outside)).toSorted()).toEqual(['inner', 'secret']);
    expect(await readdir(join(outside, 'inner'))).toEqual([]);
  });

  it('does not take a root that is gone, or is another one, for a store that lost everything', async () => {
    await backend.put('a/object', sourceOf(content));
    await rename(root, `${root}-away`);
    const isUnavailable = async () => {
      for (const asked of [
        () => backend.read('a/object'),
        () => backend.stat('a/object'),
        () => collect(backend.list('')),
        () => backend.put('new/object', sourceOf(content)),
        () => backend.replace('new', content),
        () => backend.delete(['a/object']),
      ]) {
        await expect(asked()).rejects.toMatchObject({ code: 'unavailable' });
      }
    };
    await isUnavailable();
    expect(existsSync(root)).toBe(false);
    // An empty mount point.
    await mkdir(root);
    await expect(backend.read('a/object')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(backend.put('new/object', sourceOf(content))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await readdir(root)).toEqual([]);
  });

  it('makes directories again that somebody removed', async () => {
    await backend.put('a/b/object', sourceOf(content));
    await rename(join(root, 'a'), join(root, 'moved'));
    const put = () => backend.put('a/b/object', sourceOf(content));
    await expect(put()).rejects.toMatchObject({ code: 'unavailable' });
    await put();
    expect(await backend.stat('a/b/object')).toMatchObject({ bytes: content.length });
  });

  it('says that a key cannot be the directory of another', async () => {
    await backend.put('a/b', sourceOf(content));
    await expect(backend.put('a/b/c', sourceOf(content))).rejects.toMatchObject({ code: 'invalid-key' });
    await expect(backend.put('a', sourceOf(content))).rejects.toMatchObject({ code: 'invalid-key' });
  });

  it('lists a directory larger than its memory in several goes, with all names once', async () => {
    const keys = Array.from({ length: 250 }, (_, at) => `large/${at}`).toSorted();
    await eachOf(keys, (key) => backend.put(key, sourceOf(Buffer.of(1))));
    await writeFile(join(root, 'large', 'Not a key'), '');
    const localRoot = await LocalRoot.open(root);
    for (const atATime of [1, 7, 125, 250, 251]) {
      const listed = await collect(listObjects(localRoot, '', '', atATime));
      expect(listed.map(({ key }) => key)).toEqual(keys);
    }
  });

  // A real disk of one megabyte, where this user may mount one.
  it('says that the disk is full, stores nothing then, and goes on when there is space', async ({ skip }) => {
    const small = join(subject.directory, 'small');
    await mkdir(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]).status !== 0) skip();
    try {
      const full = await LocalBackend.open(small);
      await full.put('fits', sourceOf(content));
      await expect(full.put('large', inPieces(noise('large', 2_000_000)))).rejects.toMatchObject({ code: 'disk-full' });
      await expect(full.replace('fits', noise('large', 2_000_000))).rejects.toMatchObject({ code: 'disk-full' });
      expect(await collect(full.list(''))).toMatchObject([{ key: 'fits', bytes: content.length }]);
      await full.put('next', inPieces(noise('next', 800_000)));
    } finally {
      spawnSync('umount', [small]);
    }
  });
});
