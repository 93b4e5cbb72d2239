import { randomUUID } from 'node:crypto';
import { chmod, lutimes, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { RACY_MS } from '../../../src/engine/filestore/reading/file-state.js';
import { contentsOf } from '../../../src/engine/filestore/staging/content-source.js';
import type { FilesAnswer } from '../../../src/engine/filestore/reading/files-source.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../../../src/engine/filestore/staging/tree-builder.js';
import type { ProgressUpdate } from '../../../src/engine/progress.js';
import type { PackVault } from '../../../src/vault/pack-vault.js';
import type { FileEntry } from '../../../src/vault/manifests/manifest.js';
import { describeTree } from '../../harness/compare-trees.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { openWith, vaultWith } from './changed-writer.js';
import { collect, Scratch, silent } from './filestore-scratch.js';

const PROJECT = randomUUID();
const CHANGED = ['same', 'written', 'touched', 'replaced', 'renamed', 'mode', 'exchanged-1', 'exchanged-2'];

describe('capture of a filestore against a base', { timeout: 30_000 }, () => {
  let scratch: Scratch;
  let place: VaultFixture;
  let vault: PackVault;
  let root: string;
  /** Paths whose content went to the vault in the last capture: the files that were opened. */
  let read: number;

  // Every test has a directory of its own; all of them rest together.
  beforeAll(async () => {
    scratch = await Scratch.create();
    place = await makeVault();
    vault = place.vault;
    await scratch.file('untouched/a', 'one');
    await scratch.file('untouched/d/empty', '');
    await scratch.file('untouched/d/large', Buffer.alloc(9 * 1024 * 1024, 'several chunks '));
    await writeFile(scratch.bytes('untouched', '\xff\n'), 'not text');
    for (const name of CHANGED) await scratch.file(`changed/${name}`, `${name}`.padEnd(20));
    await scratch.file('other', 'other'.padEnd(20));
    await scratch.file('racy/old', 'store/old');
    await scratch.file('deleted/kept', 'store/kept');
    await scratch.file('deleted/deleted', 'store/deleted');
    for (let n = 0; n < 20; n += 1) await scratch.file(`counted/${n}`, Buffer.alloc(1000, n));
    await rest();
  });
  afterAll(async () => {
    await place.remove();
    await scratch.remove();
  });

  /** Long enough for every file there is to be known by its times. */
  const rest = () => sleep(RACY_MS + 100);

  async function snapshot(baseSnapshotId?: string): Promise<string> {
    const snapshotId = randomUUID();
    read = 0;
    const counting = vaultWith(vault, (writer) => ({
      open: openWith(writer, async (ask) => {
        const contents = (await ask()) as FilesAnswer;
        read += contents.filter((content) => 'sha256' in content).length;
        return contents;
      }),
      store: (source) => {
        read += 1;
        return writer.store(source);
      },
    }));
    const base = baseSnapshotId === undefined ? {} : { base: { snapshotId: baseSnapshotId } };
    await capture({ project: PROJECT, snapshotId, filestore: root, ...base }, counting, silent);
    return snapshotId;
  }

  async function files(snapshotId: string): Promise<Map<string, FileEntry>> {
    const entries = await collect(vault.readEntries(PROJECT, snapshotId));
    return new Map(
      entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path.slice('utf8:'.length), entry]] : [])),
    );
  }

  async function expectWhole(snapshotId: string): Promise<void> {
    const directory = scratch.staged(`restored-${snapshotId}`);
    async function* staged(): AsyncIterable<StagedEntry> {
      for await (const entry of vault.readEntries(PROJECT, snapshotId)) {
        if (entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink') yield entry;
      }
    }
    await stageFilestore({ directory, entries: staged(), contents: contentsOf(vault, PROJECT) }, silent);
    expect(await describeTree(directory)).toEqual(await describeTree(root));
  }

  it('opens no file that was not touched since, and restores all of them', async () => {
    root = scratch.path('untouched');
    const base = await snapshot();
    expect(read).toBe(4);
    const next = await snapshot(base);
    expect(read).toBe(0);
    expect(await files(next)).toEqual(await files(base));
    expect(await vault.readHeader(PROJECT, next)).toMatchObject({ baseSnapshotId: base });
    await expectWhole(next);
  });

  it('reads again what was written, touched, replaced, renamed or given another mode, and nothing else', async () => {
    root = scratch.path('changed');
    const base = await snapshot();

    const keepingTimes = async (name: string, work: (path: string) => Promise<unknown>) => {
      const path = `${root}/${name}`;
      const before = await stat(path);
      await work(path);
      await lutimes(path, before.atime, before.mtime);
      expect((await stat(path)).size).toBe(before.size);
    };
    await keepingTimes('written', (path) => writeFile(path, 'rewritten'.padEnd(20)));
    await utimes(`${root}/touched`, 1, 1);
    await keepingTimes('replaced', (path) => rename(scratch.path('other'), path));
    await rename(`${root}/renamed`, `${root}/renamed-2`);
    await chmod(`${root}/mode`, 0o600);
    await rename(`${root}/exchanged-1`, `${root}/x`);
    await rename(`${root}/exchanged-2`, `${root}/exchanged-1`);
    await rename(`${root}/x`, `${root}/exchanged-2`);

    const next = await snapshot(base);
    expect(read).toBe(7);
    const [before, after] = [await files(base), await files(next)];
    expect(after.get('same')).toEqual(before.get('same'));
    expect(after.get('touched')!.content).toEqual(before.get('touched')!.content);
    expect(after.get('renamed-2')!.content).toEqual(before.get('renamed')!.content);
    expect(after.get('exchanged-1')!.content).toEqual(before.get('exchanged-2')!.content);
    expect(after.get('written')!.content).not.toEqual(before.get('written')!.content);
    expect(after.get('replaced')!.content).not.toEqual(before.get('replaced')!.content);
    await expectWhole(next);
  });

  it('gives no identity to a file that was changed just before, and reads it again', async () => {
    root = scratch.path('racy');
    await scratch.file('racy/racy', 'a');
    const base = await snapshot();
    const found = await files(base);
    expect(found.get('old')!.identity).toEqual({
      ctimeNs: expect.stringMatching(/^\d{19}$/),
      inode: String((await stat(`${root}/old`)).ino),
    });
    expect(found.get('racy')!.identity).toBeUndefined();
    await rest();
    const next = await snapshot(base);
    expect(read).toBe(1);
    // By now it has rested, and the next one need not read it.
    expect((await files(next)).get('racy')!.identity).toBeDefined();
  });

  it('does not carry over what was deleted', async () => {
    root = scratch.path('deleted');
    const base = await snapshot();
    await rename(`${root}/deleted`, scratch.path('elsewhere'));
    const next = await snapshot(base);
    expect([read, [...(await files(next)).keys()]]).toEqual([0, ['kept']]);
  });

  it('counts what is carried over as done, and knows the totals from the base', async () => {
    root = scratch.path('counted');
    const base = await snapshot();
    const updates: ProgressUpdate[] = [];
    const progress = { report: (update: ProgressUpdate) => void updates.push({ ...update }) };
    const request = { project: PROJECT, snapshotId: randomUUID(), filestore: root, base: { snapshotId: base } };
    const result = await capture(request, vault, { ...silent, progress });
    expect(result).toMatchObject({ fileCount: 20, filestoreBytes: 20_000 });
    const counted = updates.filter(({ phase }) => phase === 'filestore');
    expect(counted[0]).toMatchObject({ filesTotal: 20, bytesTotal: 20_000 });
    expect(counted.at(-1)).toMatchObject({ filesDone: 20, bytesDone: 20_000, filesTotal: 20, bytesTotal: 20_000 });
  });

  it('fails when the base cannot be read', async () => {
    root = scratch.path('untouched');
    const request = { project: PROJECT, snapshotId: randomUUID(), filestore: root, base: { snapshotId: randomUUID() } };
    await expect(capture(request, vault, silent)).rejects.toMatchObject({ code: 'base-unusable' });
  });
});
