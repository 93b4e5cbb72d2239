import { hash, randomBytes, randomUUID } from 'node:crypto';
import {
  appendFile,
  chmod,
  lutimes,
  mkdir,
  open,
  rename,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { TreeRoot } from '../../../src/engine/filestore/paths/tree-root.js';
import {
  BYTES_A_QUESTION,
  FILES_A_QUESTION,
  FilesReader,
  questionsOf,
} from '../../../src/engine/filestore/reading/files-reader.js';
import type { FilesAnswer } from '../../../src/engine/filestore/reading/files-source.js';
import { scanFilestore } from '../../../src/engine/filestore/scan/scan-filestore.js';
import type { ScannedFile } from '../../../src/engine/filestore/scan/scanned-entry.js';
import { contentsOf } from '../../../src/engine/filestore/staging/content-source.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../../../src/engine/filestore/staging/tree-builder.js';
import { DEFAULT_CHUNKER_SETTINGS } from '../../../src/vault/chunking/chunker-settings.js';
import { DataKey } from '../../../src/vault/keys/data-key.js';
import { PackingLanes } from '../../../src/vault/packing/packing-lanes.js';
import { describeTree } from '../../harness/compare-trees.js';
import { makeVault } from '../pack-vault/fixture.js';
import { collect, never, Scratch, silent } from './filestore-scratch.js';

const MIB = 1024 * 1024;

describe('FilesReader', () => {
  let scratch: Scratch;
  let root: string;
  let tree: TreeRoot;
  let lanes: PackingLanes;
  let reader: FilesReader;
  /** Bytes that it has told of. */
  let read: number;
  /** Nobody says what is new before this is resolved: reading is held up once its memory is full. */
  let gate: PromiseWithResolvers<void>;

  beforeEach(async () => {
    scratch = await Scratch.create();
    root = await scratch.directory('store');
    tree = await TreeRoot.open(root);
    read = 0;
    gate = Promise.withResolvers();
    gate.resolve();
    lanes = new PackingLanes({
      dataKey: DataKey.generate(),
      chunker: DEFAULT_CHUNKER_SETTINGS,
      lanes: 2,
      whichAreNew: (names) => gate.promise.then(() => [...names.keys()]),
      store: async () => undefined,
    });
    const writer = { open: lanes.open.bind(lanes), sourcesAtOnce: lanes.plan.lanes };
    reader = new FilesReader(tree, writer, (bytes) => (read += bytes));
  });
  afterEach(async () => {
    await reader.close();
    await lanes.close();
    await tree.close();
    await scratch.remove();
  });

  /** The files as they are now, long enough after their last change. */
  async function scanned(): Promise<Map<string, ScannedFile>> {
    await sleep(50);
    const entries = (await collect(scanFilestore(root, { signal: never }))).flat();
    return new Map(entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path.toString('latin1'), entry]] : [])));
  }
  const contentOf = async (file: ScannedFile) => (await reader.contentsOf([file], never))[0]!;
  const contentFor = (content: string | Buffer): unknown =>
    expect.objectContaining({ bytes: content.length, sha256: hash('sha256', content) });
  const refused = { inVain: 0 };

  /** Begins to read, and waits until it can read no further. */
  async function readHalfOf(files: readonly ScannedFile[], signal = never): Promise<{ reading: Promise<FilesAnswer> }> {
    gate = Promise.withResolvers();
    const reading = reader.contentsOf(files, signal);
    reading.catch(() => undefined);
    const isHeldUp = async () => {
      const before = read;
      await sleep(100);
      return read > 0 && read === before;
    };
    await vi.waitUntil(isHeldUp, { timeout: 30_000 });
    return { reading };
  }

  it('reads many files at once, whatever their names and sizes', async () => {
    const wanted = new Map<string, string | Buffer>([
      ['\xff\n', 'not text'],
      ['d/empty', ''],
      ['d/large', randomBytes(12 * MIB + 7)],
    ]);
    for (let n = 0; n < 200; n += 1) wanted.set(`d${n % 7}/${n}`, `content ${n}`.repeat(n));
    await scratch.directory('store/d');
    for (const [name, content] of wanted) {
      if (name === '\xff\n' || name.startsWith('d/')) await writeFile(scratch.bytes('store', name), content);
      else await scratch.file(`store/${name}`, content);
    }
    const files = await scanned();
    expect(new Set(files.keys())).toEqual(new Set(wanted.keys()));
    const questions = [...questionsOf([...files.values()])];
    const answers = await Promise.all(questions.map((files) => reader.contentsOf(files, never)));
    const contents = answers.flat();
    for (const [index, name] of [...files.keys()].entries())
      expect(contents[index]).toEqual(contentFor(wanted.get(name)!));
    await lanes.flush();
    expect(read).toBe([...wanted.values()].reduce((sum, { length }) => sum + length, 0));
  });

  it('refuses what is not as it was scanned, and nothing beside it', async () => {
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
    const contents = await reader.contentsOf(
      names.map((name) => files.get(name)!),
      never,
    );
    expect(contents).toEqual([...names.slice(0, -1).map(() => refused), contentFor('same'.padEnd(20))]);
  });

  it('refuses what lies behind a directory that became a link, though it is the very file that was scanned', async () => {
    await scratch.file('store/directory/file', 'secret');
    const file = (await scanned()).get('directory/file')!;
    await rename(`${root}/directory`, scratch.path('outside'));
    await symlink('../outside', `${root}/directory`);
    expect(await contentOf(file)).toEqual(refused);
  });

  it('refuses what was changed a moment ago: it may change again without its times telling', async () => {
    await scratch.file('store/a', 'a');
    const file = (await scanned()).get('a')!;
    expect(await contentOf({ ...file, ctimeNs: BigInt(Date.now()) * 1_000_000n })).toEqual(refused);
  });

  it('refuses a file with holes', async () => {
    for (const at of [0, 5 * MIB]) {
      const file = await open(`${root}/at ${at}`, 'w');
      await file.truncate(10 * MIB);
      await file.write(randomBytes(MIB), 0, MIB, at);
      await file.close();
    }
    const files = await scanned();
    expect(await reader.contentsOf([...files.values()], never)).toEqual([refused, refused]);
  });

  it.each([
    ['grows', (path: string) => appendFile(path, 'x')],
    ['shrinks', (path: string) => truncate(path, 20 * MIB)],
    ['is cut to what was read', (path: string) => truncate(path, MIB)],
  ])('refuses a file that %s while it is read, and reads the next one', async (_, change) => {
    await scratch.file('store/large', randomBytes(30 * MIB));
    await scratch.file('store/small', 'small');
    const files = await scanned();
    const { reading } = await readHalfOf([files.get('large')!, files.get('small')!]);
    const half = read;
    expect(half).toBeLessThan(20 * MIB);
    await change(`${root}/large`);
    gate.resolve();
    const [large, small] = await reading;
    expect(small).toEqual(contentFor('small'));
    const { inVain } = large as { inVain: number };
    expect(inVain).toBeGreaterThanOrEqual(half);
    await lanes.flush();
    expect(read).toBe(inVain + 'small'.length);
  });

  it('stops in the middle of a file when nobody wants it any more', async () => {
    await scratch.file('store/large', randomBytes(60 * MIB));
    const files = await scanned();
    const stop = new AbortController();
    const { reading } = await readHalfOf([files.get('large')!], stop.signal);
    const reason = new Error('not any more');
    stop.abort(reason);
    gate.resolve();
    await expect(reading).rejects.toBe(reason);
    await lanes.flush();
    expect(read).toBeLessThan(50 * MIB);
  });

  it('reads nothing any more once it is closed', async () => {
    await scratch.file('store/a', 'a');
    const file = (await scanned()).get('a')!;
    expect(await contentOf(file)).toEqual(contentFor('a'));
    await reader.close();
    await expect(contentOf(file)).rejects.toMatchObject({ code: 'pipeline-closed' });
    await lanes.flush();
  });

  it('asks for a few files at a time, or for one that is large', async () => {
    const file = (size: number) => ({ size }) as ScannedFile;
    const sizesOf = (files: ScannedFile[]) => [...questionsOf(files)].map((some) => some.map(({ size }) => size));
    const small = Array.from({ length: FILES_A_QUESTION + 1 }, () => file(1));
    expect(sizesOf(small).map(({ length }) => length)).toEqual([FILES_A_QUESTION, 1]);
    const most = BYTES_A_QUESTION;
    expect(sizesOf([1, most, most - 1, 1, 1, 3 * most].map(file))).toEqual([
      [1],
      [most],
      [most - 1, 1],
      [1],
      [3 * most],
    ]);
    expect(sizesOf([])).toEqual([]);
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
