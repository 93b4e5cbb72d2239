import { mkdir, readdir, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bytesOf,
  fileEntry,
  headerOf,
  MUCH_LATER_MS,
  never,
  noise,
  PROJECT,
  readSnapshot,
  storeFiles,
  streamOf,
  takeSnapshot,
  VaultFixture,
} from './vault-fixture.js';

let fixture: VaultFixture;

beforeEach(async () => {
  fixture = await VaultFixture.create();
});

afterEach(async () => {
  await fixture.remove();
});

const collect = (vault = fixture.vault) => vault.collect(PROJECT, { signal: never });

/** Makes all chunks look as if they had been written long ago. */
async function age(): Promise<void> {
  for (const file of await fixture.files('objects')) await utimes(file, 1, 1);
}

describe('a collection', () => {
  it('removes what no snapshot needs, and nothing else', async () => {
    const shared = noise(3000);
    await takeSnapshot(fixture.vault, 'kept', { shared, own: noise(100) });
    const before = await fixture.bytes('objects');
    await takeSnapshot(fixture.vault, 'dropped', { shared, a: noise(200), b: noise(300) });
    await age();
    const garbage = (await fixture.bytes('objects')) - before;
    await fixture.vault.deleteManifest(PROJECT, 'dropped');

    expect(await collect()).toEqual({ manifests: 1, liveChunks: 2, removedObjects: 2, removedBytes: garbage });
    expect(await fixture.bytes('objects')).toBe(before);
    expect((await readSnapshot(fixture.vault, 'kept'))['shared']).toEqual(shared);
    expect(await collect()).toEqual({ manifests: 1, liveChunks: 2, removedObjects: 0, removedBytes: 0 });
    expect(await readdir(fixture.path('condemned'))).toEqual([]);
  });

  it('of a project without anything does nothing', async () => {
    const nothing = { manifests: 0, liveChunks: 0, removedObjects: 0, removedBytes: 0 };
    expect(await collect()).toEqual(nothing);
  });

  it('leaves young garbage to a later one', async () => {
    const vault = fixture.open({});
    await takeSnapshot(vault, 'dropped', { a: noise(200) });
    await vault.deleteManifest(PROJECT, 'dropped');
    expect(await collect(vault)).toMatchObject({ removedObjects: 0 });
    expect(await collect(fixture.open({ now: () => Date.now() + MUCH_LATER_MS }))).toMatchObject({ removedObjects: 1 });
  });

  it('stops when it is told to', async () => {
    await takeSnapshot(fixture.vault, 'kept', { a: noise(200) });
    const reason = new Error('enough');
    await expect(fixture.vault.collect(PROJECT, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('leaves alone what other projects have', async () => {
    const capture = await fixture.vault.beginCapture('project-2', headerOf('other'));
    const content = await capture.store(streamOf(noise(100)));
    await capture.add(fileEntry('a', content));
    await capture.publish();
    expect(await collect()).toMatchObject({ manifests: 0, removedObjects: 0 });
    expect(await bytesOf(fixture.vault.readContent('project-2', content))).toHaveLength(100);
  });
});

describe('a collection beside a capture', () => {
  const files = { old: noise(1000) };

  beforeEach(async () => {
    await takeSnapshot(fixture.vault, 'dropped', files);
    await fixture.vault.deleteManifest(PROJECT, 'dropped');
    await age();
  });

  it('keeps what the capture has stored and what it has found there', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('under-way'));
    await storeFiles(capture, { ...files, new: noise(500) });
    expect(await collect()).toMatchObject({ removedObjects: 0 });
    expect(await fixture.files('condemned')).toEqual([]);
    await capture.publish();
    expect((await readSnapshot(fixture.vault, 'under-way'))['old']).toEqual(files.old);
  });

  it('only sets garbage aside until the capture is over, and deletes it later', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('under-way'));
    expect(await collect()).toMatchObject({ removedObjects: 0 });
    expect(await collect()).toMatchObject({ removedObjects: 0 });
    expect(await fixture.files('objects')).toEqual([]);
    // A capture that began after the garbage was set aside has nothing to do with it.
    const later = await fixture.vault.beginCapture(PROJECT, headerOf('later'));
    await capture.discard();
    expect(await collect()).toMatchObject({ removedObjects: 1 });
    expect(await readdir(fixture.path('condemned'))).toEqual([]);
    await later.discard();
  });

  it('gives back what the capture turns out to need when it publishes', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('under-way'));
    await storeFiles(capture, files);
    await age();
    const other = fixture.open({ graceMs: 0 });
    await collect(other);
    // The capture's touch was lost, as a file system with a wrong clock might do.
    await age();
    const [directory] = await sweep();
    expect(directory).toBeDefined();
    await capture.publish();
    expect(await readSnapshot(fixture.vault, 'under-way')).toEqual(files);
    await collect(other);
    expect(await readSnapshot(fixture.vault, 'under-way')).toEqual(files);
    expect(await fixture.files('condemned')).toEqual([]);
  });

  it('puts back what was set aside after a capture had checked it and before it published', async () => {
    await takeSnapshot(fixture.vault, 'published', files);
    await sweep();
    // Readable all the while, and after.
    expect(await readSnapshot(fixture.vault, 'published')).toEqual(files);
    expect(await collect()).toMatchObject({ removedObjects: 0 });
    expect(await fixture.files('objects')).toHaveLength(1);
    expect(await fixture.files('condemned')).toEqual([]);
    expect(await readSnapshot(fixture.vault, 'published')).toEqual(files);
  });

  /** What a collection that was stopped right after setting everything aside leaves behind. */
  async function sweep(name = 'stopped.open'): Promise<string[]> {
    const directory = fixture.path('condemned', name);
    await mkdir(directory, { recursive: true });
    for (const file of await fixture.files('objects')) await rename(file, join(directory, file.slice(-64)));
    return readdir(fixture.path('condemned'));
  }

  it.each(['stopped.open', 'stopped'])('finishes what one that was killed had left in %s', async (name) => {
    await sweep(name);
    expect(await collect()).toMatchObject({ removedObjects: 1 });
    expect(await readdir(fixture.path('condemned'))).toEqual([]);
  });

  it('waits anew when the list of captures to wait for was cut off', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('under-way'));
    await sweep('stopped');
    await writeFile(fixture.path('condemned', 'stopped', 'captures.json'), '["');
    expect(await collect()).toMatchObject({ removedObjects: 0 });
    await capture.discard();
    expect(await collect()).toMatchObject({ removedObjects: 1 });
  });

  it('clears away what a dead capture has left, and takes from it the power to publish', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('presumed-dead'));
    await storeFiles(capture, files);
    expect(await collect(fixture.open({ graceMs: 0, now: () => Date.now() + MUCH_LATER_MS }))).toMatchObject({
      removedObjects: 1,
    });
    expect(await readdir(fixture.path('incoming'))).toEqual([]);
    await expect(capture.store(streamOf(noise(10)))).rejects.toThrow('taken it for dead');
    await expect(capture.publish()).rejects.toMatchObject({ name: 'VaultError' });
    await capture.discard();
    await expect(readSnapshot(fixture.vault, 'presumed-dead')).rejects.toMatchObject({ code: 'manifest-missing' });
  });
});
