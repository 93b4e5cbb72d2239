import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  lutimes,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePath, encodePath } from '../../../src/engine/filestore/paths/encoded-path.js';
import { LiveFiles } from '../../../src/engine/filestore/live-copies/live-files.js';
import { scanFilestore } from '../../../src/engine/filestore/scan/scan-filestore.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../../../src/engine/filestore/staging/tree-builder.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { describeTree } from '../../harness/compare-trees.js';
import { usually } from '../../harness/thorough.js';
import { collect, contentsFrom, never, Scratch, silent } from './filestore-scratch.js';

const MINUTE_MS = 60_000;
/** More than are made without threads. */
const FILES = 100;

let scratch: Scratch;
let live: string;
let target: string;
/** What the vault has, and which of it was asked for. */
let contents: Map<string, Buffer>;
let asked: string[];

beforeEach(async () => {
  scratch = await Scratch.create();
  live = await scratch.directory('live');
  target = scratch.staged('staged');
  contents = new Map();
  asked = [];
  for (let n = 0; n < FILES; n += 1) await scratch.file(`live/${n % 3}/${n}`, `content of ${n}`);
  await scratch.file('live/large', Buffer.alloc(2_500_000, 'large '));
});
afterEach(() => scratch.remove());

/** What a capture of the live directory would have in its manifest. */
async function captured(): Promise<StagedEntry[]> {
  await sleep(50);
  const entries: StagedEntry[] = [];
  for (const entry of (await collect(scanFilestore(live, { signal: never }))).flat()) {
    const { mode, uid, gid } = entry;
    const common = { path: encodePath(entry.path), mode, uid, gid, mtimeNs: String(entry.mtimeNs) };
    if (entry.kind === 'directory') entries.push({ kind: 'directory', ...common });
    if (entry.kind !== 'file') continue;
    const bytes = await readFile(Buffer.concat([Buffer.from(`${live}/`), entry.path]));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    contents.set(sha256, bytes);
    const identity = { ctimeNs: String(entry.ctimeNs), inode: String(entry.inode) };
    const content: ContentRef = { bytes: bytes.length, sha256, chunks: [] };
    entries.push({ kind: 'file', ...common, identity, content });
  }
  return entries;
}

async function* read({ sha256 }: ContentRef): AsyncIterable<Buffer> {
  asked.push(contents.get(sha256)!.toString('latin1').slice(0, 20));
  // A copy: who is given it may give its memory away.
  yield Buffer.from(contents.get(sha256)!);
}

async function stage(entries: StagedEntry[], capturedAt = new Date(Date.now() + 2 * MINUTE_MS)) {
  async function* given() {
    // Those of interest last, when there have been enough for threads.
    yield* entries.filter((entry) => !entry.path.startsWith('utf8:special'));
    yield* entries.filter((entry) => entry.path.startsWith('utf8:special'));
  }
  const from = { contents: contentsFrom(read), live: { path: live, capturedAt } };
  return stageFilestore({ directory: target, entries: given(), ...from }, silent);
}

describe('files that are live and as they were captured', () => {
  it('are copied, with mode and time, and without asking the vault', async () => {
    await chmod(`${live}/2/98`, 0o751);
    await chmod(`${live}/large`, 0o444);
    const entries = await captured();
    expect(await stage(entries)).toMatchObject({ files: FILES + 1, bytes: (await sizeOf(live)).bytes });
    // The first ones come from the vault, before threads are worth it.
    expect(asked.length).toBeLessThanOrEqual(64);
    expect(asked.some((content) => content.startsWith('large'))).toBe(false);
    expect(await describeTree(target)).toEqual(await describeTree(live));
  });

  it('come from the vault when they were changed within a minute before the capture', async () => {
    await stage(await captured(), new Date(Date.now() + MINUTE_MS / 2));
    expect(asked).toHaveLength(FILES + 1);
    expect(await describeTree(target)).toEqual(await describeTree(live));
  });

  it('come from the vault when the live directory is gone', async () => {
    const entries = await captured();
    await rename(live, scratch.path('elsewhere'));
    await stage(entries);
    expect(asked).toHaveLength(FILES + 1);
    expect(await describeTree(target)).toEqual(await describeTree(scratch.path('elsewhere')));
  });
});

describe('a file that is not certain to be what was captured comes from the vault:', () => {
  const path = () => `${live}/special/file`;
  const content = 'as it was captured';

  it.each<[string, () => Promise<void>]>([
    [
      'rewritten, its size and time as before',
      async () => {
        const { atime, mtime } = await stat(path());
        await writeFile(path(), content.toUpperCase());
        await lutimes(path(), atime, mtime);
      },
    ],
    [
      'another one of that name',
      async () => {
        await writeFile(`${path()}.new`, content.toUpperCase());
        await rename(`${path()}.new`, path());
      },
    ],
    ['gone', () => unlink(path())],
    [
      'a link',
      async () => {
        await rename(path(), scratch.path('outside'));
        await symlink(scratch.path('outside'), path());
      },
    ],
    [
      'behind a directory that became a link',
      async () => {
        await rename(dirname(path()), scratch.path('outside'));
        await symlink(scratch.path('outside'), dirname(path()));
      },
    ],
    [
      'a directory',
      async () => {
        await unlink(path());
        await mkdir(path());
      },
    ],
  ])('%s', async (_, change) => {
    await scratch.file('live/special/file', content);
    const entries = await captured();
    await change();
    await stage(entries);
    expect(asked.filter((text) => text === content)).toEqual([content]);
    expect(await readFile(`${target}/special/file`, 'utf8')).toBe(content);
    expect((await lstat(`${target}/special/file`)).isFile()).toBe(true);
  });
});

it('a live file with holes is copied with its holes', async () => {
  const path = await scratch.file('live/special/file', 'x');
  await truncate(path, 3_000_000);
  await stage(await captured());
  expect(asked).not.toContain(`x${'\0'.repeat(19)}`);
  expect((await stat(`${target}/special/file`)).size).toBe(3_000_000);
  expect((await stat(`${target}/special/file`)).blocks * 512).toBeLessThan(100_000);
});

it('says that the manifest names a file twice, as it does without live files', async () => {
  await scratch.file('live/special', 'twice');
  const entries = await captured();
  const twice = entries.find((entry) => entry.path === 'utf8:special')!;
  await expect(stage([...entries, twice])).rejects.toMatchObject({ code: 'snapshot-damaged' });
});

// Terminating a thread that loads koffi, or is in a call of it, takes the process along.
it('can be given up at any moment, also while their threads start', { timeout: 30_000 }, async () => {
  const directory = await open(await scratch.directory('given up'), 'r');
  const [file] = (await captured()).filter((entry) => entry.kind === 'file');
  for (let n = 0; n < 25; n += usually(5, 1)) {
    const stop = new AbortController();
    const files = await LiveFiles.open(live, new Date(), directory, stop.signal);
    const path = decodePath(file!.path);
    const copying = files.copy({ path, owner: null, mode: 0o600 }, file!).catch((error: unknown) => error);
    await sleep(n * 6);
    stop.abort();
    await files.close();
    expect([true, false, stop.signal.reason]).toContain(await copying);
    await rm(`${scratch.path('given up')}/${path.toString()}`, { force: true });
  }
  await directory.close();
});

async function sizeOf(directory: string): Promise<{ bytes: number }> {
  const files = (await collect(scanFilestore(directory, { signal: never }))).flat();
  return { bytes: files.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0) };
}
