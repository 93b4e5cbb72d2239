import { spawnSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WarningEntry } from '../../../src/vault/manifest.js';
import {
  headerOf,
  never,
  noise,
  PROJECT,
  readSnapshot,
  storeFiles,
  streamOf,
  takeSnapshot,
  VaultFixture,
} from './vault-fixture.js';

const MEGABYTE = 1_000_000;

/** A real disk of two megabytes, where this user may mount one. */
function mountSmallDisk(directory: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory]).status === 0;
}

const trial = await VaultFixture.create();
const canMount = mountSmallDisk(trial.root);
if (canMount) spawnSync('umount', [trial.root]);

afterAll(() => trial.remove());

describe.skipIf(!canMount)('a vault on a disk that is full', () => {
  let fixture: VaultFixture;
  const kept = { a: noise(1000) };

  beforeEach(async () => {
    fixture = await VaultFixture.create();
    mountSmallDisk(fixture.root);
    await takeSnapshot(fixture.vault, 'kept', kept);
  });

  afterEach(async () => {
    spawnSync('umount', [fixture.root]);
    await fixture.remove();
  });

  /** One that is full can still be read, and collected until it works again. */
  async function recover(): Promise<void> {
    expect(await readSnapshot(fixture.vault, 'kept')).toEqual(kept);
    await fixture.vault.collect(PROJECT, { signal: never });
    expect(await readdir(fixture.path('incoming'))).toEqual([]);
    expect(await fixture.files('objects')).toHaveLength(1);
    const files = { b: noise(MEGABYTE) };
    await takeSnapshot(fixture.vault, 'next', files);
    expect(await readSnapshot(fixture.vault, 'next')).toEqual(files);
  }

  it('says so when content no longer fits, and names its directory', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('too-large'));
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`${at}`, noise(MEGABYTE / 10)]));
    const stored = storeFiles(capture, files);
    await expect(stored).rejects.toMatchObject({ code: 'disk-full' });
    await expect(capture.store(streamOf(noise(3 * MEGABYTE)))).rejects.toThrow(fixture.root);
    await capture.discard();
    await recover();
  });

  it('says so when the manifest no longer fits', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('too-long'));
    const warning = (): WarningEntry => ({ kind: 'warning', code: 'noise', message: noise(30_000).toString('base64') });
    const written = (async () => {
      for (let at = 0; at < 200; at++) await capture.add(warning());
      await capture.publish();
    })();
    await expect(written).rejects.toMatchObject({ code: 'disk-full' });
    await capture.discard();
    await recover();
  });

  it('fails the probe', async () => {
    await mkdir(fixture.path('objects', 'filler'));
    spawnSync('dd', ['if=/dev/zero', `of=${fixture.path('objects', 'filler', 'file')}`, 'bs=4096']);
    await expect(fixture.vault.probe()).rejects.toMatchObject({ code: 'disk-full' });
  });
});
