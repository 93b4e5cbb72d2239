import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, open, readFile, readlink, symlink, writeFile, type FileHandle } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { contentsOf } from '../../../src/engine/filestore/staging/content-source.js';
import { sampleOf } from '../../harness/thorough.js';
import { removeTree } from '../../harness/remove-tree.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../../../src/engine/filestore/staging/tree-builder.js';
import { TreeRoot } from '../../../src/engine/filestore/paths/tree-root.js';
import { verifyFilestore } from '../../../src/engine/filestore/staging/verify-filestore.js';
import { writtenAfter } from '../../../src/engine/filestore/swap/written-after.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { asNobody, Scratch, silent } from './filestore-scratch.js';

const PROJECT = randomUUID();
const NAME = 'n'.repeat(200);
/** Far more than the 4,096 bytes that one path may have. */
const DEPTH = 30;

const TICK_MS = 20;

let scratch: Scratch;
let place: VaultFixture;
let root: string;

beforeEach(async () => {
  scratch = await Scratch.create();
  place = await makeVault();
  root = await scratch.directory('store');
});
afterEach(async () => {
  await place.remove();
  await scratch.remove();
});

/** Goes down, name by name, as no path is long enough; makes what is not there. */
async function down(from: string, names: readonly string[]): Promise<FileHandle> {
  let handle = await open(from, 'r');
  for (const name of names) {
    const path = `/proc/self/fd/${handle.fd}/${name}`;
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const next = await open(path, 'r');
    await handle.close();
    handle = next;
  }
  return handle;
}

async function inBottom<T>(from: string, names: readonly string[], work: (path: string) => Promise<T>): Promise<T> {
  const handle = await down(from, names);
  try {
    return await work(`/proc/self/fd/${handle.fd}`);
  } finally {
    await handle.close();
  }
}

const levels = (depth: number, name = NAME): string[] => Array.from({ length: depth }, () => name);

async function take(): Promise<string> {
  const snapshotId = randomUUID();
  await capture({ project: PROJECT, snapshotId, filestore: root }, place.vault, silent);
  return snapshotId;
}

async function* staged(snapshotId: string): AsyncIterable<StagedEntry> {
  for await (const entry of place.vault.readEntries(PROJECT, snapshotId)) {
    if (entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink') yield entry;
  }
}

async function restore(snapshotId: string, directory = scratch.staged('restored')): Promise<string> {
  const contents = contentsOf(place.vault, PROJECT);
  await stageFilestore({ directory, entries: staged(snapshotId), contents }, silent);
  return directory;
}

describe('paths that are longer than the system takes at once', () => {
  it('are captured, restored, compared and removed like others', { timeout: 120_000 }, async () => {
    await inBottom(root, levels(DEPTH), async (bottom) => {
      for (let n = 0; n < 100; n += 1) await writeFile(`${bottom}/${n}`, `content of ${n}`);
      await writeFile(`${bottom}/large`, Buffer.alloc(3_000_000, 'large '));
      await symlink('where to', `${bottom}/link`);
      await mkdir(`${bottom}/closed`);
      await chmod(`${bottom}/closed`, 0o500);
    });
    const snapshotId = await take();
    const directory = await restore(snapshotId);
    expect(await verifyFilestore(directory, staged(snapshotId), silent)).toMatchObject({ files: 101 });
    await inBottom(directory, levels(DEPTH), async (bottom) => {
      expect(await readFile(`${bottom}/77`, 'utf8')).toBe('content of 77');
      expect((await readFile(`${bottom}/large`)).length).toBe(3_000_000);
      expect(await readlink(`${bottom}/link`)).toBe('where to');
      expect((await lstat(`${bottom}/closed`)).mode & 0o777).toBe(0o500);
    });
    const since = new Date();
    // The kernel stamps by ticks: what is written within one may look older than it is.
    await sleep(TICK_MS);
    await inBottom(directory, levels(DEPTH), (bottom) => writeFile(`${bottom}/late`, 'late'));
    const { paths } = await writtenAfter(directory, since, { limit: 10, budgetMs: 30_000 });
    expect(paths).toHaveLength(2);
    await removeTree(directory);
    await expect(lstat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(sampleOf([4_060, 4_070, 4_080, 4_084, 4_090, 4_095, 4_096, 4_100], 2))(
    'make no difference at the border, with %i bytes',
    { timeout: 60_000 },
    async (bytes) => {
      // Below the root, and once more as the absolute path.
      for (const below of [bytes, bytes - root.length - 1]) {
        const names = levels(Math.floor((below - 1) / 251), 'd'.repeat(250));
        const left = below - names.length * 251;
        const at = left > 250 ? [...names, 'x'.repeat(left - 251)] : names;
        const name = 'f'.repeat(left > 250 ? 250 : left);
        await inBottom(root, at, (bottom) => writeFile(`${bottom}/${name}`, `${below}`));
      }
      const snapshotId = await take();
      const directory = await restore(snapshotId);
      expect(await verifyFilestore(directory, staged(snapshotId), silent)).toMatchObject({ files: 2 });
      await removeTree(directory);
    },
  );

  it('of hundreds of levels are no different', { timeout: 120_000 }, async () => {
    await inBottom(root, levels(400, 'one more level'), (bottom) => writeFile(`${bottom}/file`, 'at the bottom'));
    const snapshotId = await take();
    const directory = await restore(snapshotId);
    expect(await verifyFilestore(directory, staged(snapshotId), silent)).toMatchObject({ files: 1 });
    await removeTree(directory);
  });

  it('are not followed through a symbolic link', async () => {
    await scratch.file('outside/secret', 'secret');
    await inBottom(root, levels(DEPTH), (bottom) => symlink(scratch.path('outside'), `${bottom}/link`));
    const tree = await TreeRoot.open(root);
    const path = [...levels(DEPTH), 'link', 'secret'].join('/');
    expect(await tree.openFile(Buffer.from(path))).toBeTypeOf('string');
    expect(await tree.openDirectory(Buffer.from([...levels(DEPTH), 'link'].join('/')))).toBe('replaced');
    expect(await tree.openFile(Buffer.from([...levels(DEPTH), 'nothing'].join('/')))).toBe('gone');
    await tree.close();
  });

  it('of what cannot be read are said in one short line', async () => {
    await inBottom(root, levels(DEPTH), async (bottom) => {
      await writeFile(`${bottom}/file\nwith a break`, 'x');
      await chmod(`${bottom}/file\nwith a break`, 0o000);
    });
    await place.remove();
    await asNobody(async () => {
      place = await makeVault();
      const message = await take().then(
        () => '',
        (error: Error) => error.message,
      );
      expect(message).toMatch(/^Cannot read "n+…n*\/file\\x0awith a break".*permission denied.*Make it readable.*$/);
      expect(message.length).toBeLessThan(500);
    });
  });
});
