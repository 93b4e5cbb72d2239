import { randomUUID } from 'node:crypto';
import { appendFile, chmod, lutimes, mkdir, rename, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { contentsOf } from '../../../src/engine/filestore/staging/content-source.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../../../src/engine/filestore/staging/tree-builder.js';
import { scanFilestore } from '../../../src/engine/filestore/scan/scan-filestore.js';
import type { ScannedFile } from '../../../src/engine/filestore/scan/scanned-entry.js';
import { NotAsScanned, SmallFiles } from '../../../src/engine/filestore/small-files/small-files.js';
import { TreeRoot } from '../../../src/engine/filestore/paths/tree-root.js';
import { describeTree } from '../../harness/compare-trees.js';
import { makeVault } from '../pack-vault/fixture.js';
import { collect, never, Scratch, silent } from './filestore-scratch.js';

describe('SmallFiles', () => {
  let scratch: Scratch;
  let root: string;
  let tree: TreeRoot;
  let small: SmallFiles;

  beforeEach(async () => {
    scratch = await Scratch.create();
    root = await scratch.directory('store');
    tree = await TreeRoot.open(root);
    small = new SmallFiles(tree);
  });
  afterEach(async () => {
    await small.close();
    await tree.close();
    await scratch.remove();
  });

  /** The files as they are now, long enough after their last change. */
  async function scanned(): Promise<Map<string, ScannedFile>> {
    await sleep(50);
    const entries = (await collect(scanFilestore(root, { signal: never }))).flat();
    return new Map(entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path.toString('latin1'), entry]] : [])));
  }
  const contentOf = async (file: ScannedFile) => Buffer.concat(await collect(small.contentOf(file)));

  it('reads many files at once, whatever their names, each in memory of its own', async () => {
    for (let n = 0; n < 100; n += 1) await scratch.file(`store/d${n % 7}/${n}`, `content ${n}`.repeat(n));
    await writeFile(scratch.bytes('store', '\xff\n'), 'not text');
    const files = await scanned();
    const contents = await Promise.all([...files.values()].map(contentOf));
    for (const [index, name] of [...files.keys()].entries()) {
      const n = Number(name.split('/')[1]);
      expect(contents[index]!.toString()).toBe(name === '\xff\n' ? 'not text' : `content ${n}`.repeat(n));
    }
    const [one] = await collect(small.contentOf(files.get('d1/50')!));
    expect(one!.buffer.byteLength).toBe(one!.length);
  });

  it('refuses what is not as it was scanned', async () => {
    const names = ['grown', 'rewritten', 'mode', 'replaced', 'gone', 'link', 'directory', 'same'];
    for (const name of names) await scratch.file(`store/${name}`, name.padEnd(20));
    await scratch.file('other', 'other'.padEnd(20));
    const files = await scanned();
    await appendFile(`${root}/grown`, 'x');
    const { atime, mtime } = await stat(`${root}/rewritten`);
    await writeFile(`${root}/rewritten`, 'x'.padEnd(20));
    await lutimes(`${root}/rewritten`, atime, mtime);
    await chmod(`${root}/mode`, 0o600);
    await rename(scratch.path('other'), `${root}/replaced`);
    for (const name of ['gone', 'link', 'directory']) await unlink(`${root}/${name}`);
    await symlink('same', `${root}/link`);
    await mkdir(`${root}/directory`);
    await sleep(50);
    for (const name of names.slice(0, -1))
      await expect(contentOf(files.get(name)!)).rejects.toBeInstanceOf(NotAsScanned);
    expect((await contentOf(files.get('same')!)).toString()).toBe('same'.padEnd(20));
  });

  it('refuses what lies behind a directory that became a link, though it is the very file that was scanned', async () => {
    await scratch.file('store/directory/file', 'secret');
    const file = (await scanned()).get('directory/file')!;
    await rename(`${root}/directory`, scratch.path('outside'));
    await symlink('../outside', `${root}/directory`);
    await expect(contentOf(file)).rejects.toBeInstanceOf(NotAsScanned);
  });

  it('refuses what was changed a moment ago: it may change again without its times telling', async () => {
    await scratch.file('store/a', 'a');
    const file = (await scanned()).get('a')!;
    await expect(contentOf({ ...file, ctimeNs: BigInt(Date.now()) * 1_000_000n })).rejects.toBeInstanceOf(NotAsScanned);
  });

  it('refuses everything once it is closed', async () => {
    await scratch.file('store/a', 'a');
    const file = (await scanned()).get('a')!;
    await small.close();
    await expect(contentOf(file)).rejects.toBeInstanceOf(NotAsScanned);
  });

  it('gives a capture of many files the same as reading each would', { timeout: 30_000 }, async () => {
    for (let n = 0; n < 300; n += 1) await scratch.file(`store/${n % 5}/${n}`, Buffer.alloc(n * 100, `${n} `));
    await scratch.file('store/large', Buffer.alloc(3_000_000, 'large '));
    await sleep(50);
    const place = await makeVault();
    onTestFinished(() => place.remove());
    const { vault } = place;
    const [project, snapshotId] = [randomUUID(), randomUUID()];
    const request = { project, snapshotId, filestore: root };
    expect(await capture(request, vault, silent)).toMatchObject({ fileCount: 301, warningCount: 0 });
    async function* entries(): AsyncIterable<StagedEntry> {
      for await (const entry of vault.readEntries(project, snapshotId)) yield entry as StagedEntry;
    }
    const directory = scratch.staged('restored');
    await stageFilestore({ directory, entries: entries(), contents: contentsOf(vault, project) }, silent);
    expect(await describeTree(directory)).toEqual(await describeTree(root));
  });
});
