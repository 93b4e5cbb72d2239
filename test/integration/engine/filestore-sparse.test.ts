import { createHash, randomUUID } from 'node:crypto';
import { link, open, readFile, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { capture, type CaptureRequest } from '../../../src/engine/capture/capture.js';
import { contentsOf } from '../../../src/engine/filestore/staging/content-source.js';
import { estimateFilestore } from '../../../src/engine/filestore/reading/estimate-filestore.js';
import { RACY_MS } from '../../../src/engine/filestore/reading/file-state.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../../../src/engine/filestore/staging/tree-builder.js';
import { verifyFilestore } from '../../../src/engine/filestore/staging/verify-filestore.js';
import type { FileEntry } from '../../../src/vault/manifests/manifest.js';
import { describeTree } from '../../harness/compare-trees.js';
import { SmallDisk } from '../../harness/small-disk.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { vaultWith } from './changed-writer.js';
import { collect, Scratch, silent } from './filestore-scratch.js';
import { sampleOf, usually } from '../../harness/thorough.js';

const PROJECT = randomUUID();
const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const MINUTE_MS = 60_000;

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

/** A file of so many bytes, with data only where it is written. */
async function sparse(name: string, size: number, data: Record<number, string | Buffer> = {}): Promise<string> {
  const path = `${root}/${name}`;
  const file = await open(path, 'w');
  await file.truncate(size);
  for (const [offset, bytes] of Object.entries(data)) {
    const written = Buffer.from(bytes as string);
    await file.write(written, 0, written.length, Number(offset));
  }
  await file.close();
  return path;
}

async function take(changes: Partial<CaptureRequest> = {}) {
  const snapshotId = randomUUID();
  const result = await capture({ project: PROJECT, snapshotId, filestore: root, ...changes }, place.vault, silent);
  return { snapshotId, result };
}

async function* staged(snapshotId: string): AsyncIterable<StagedEntry> {
  for await (const entry of place.vault.readEntries(PROJECT, snapshotId)) {
    if (entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink') yield entry;
  }
}

async function filesOf(snapshotId: string): Promise<Map<string, FileEntry>> {
  const entries = await collect(staged(snapshotId));
  return new Map(
    entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path.slice('utf8:'.length), entry]] : [])),
  );
}

async function restore(snapshotId: string, live?: { path: string; capturedAt: Date }, directory?: string) {
  directory ??= scratch.staged(`restored-${randomUUID()}`);
  const contents = contentsOf(place.vault, PROJECT);
  const request = { directory, entries: staged(snapshotId), contents, ...(live && { live }) };
  return { directory, ...(await stageFilestore(request, silent)) };
}

/** What all threads of this process have read so far, of files and otherwise: the time it takes says less. */
async function bytesRead(): Promise<number> {
  return Number(/rchar: (\d+)/.exec(await readFile('/proc/self/io', 'utf8'))![1]);
}

const allocated = async (path: string): Promise<number> => (await stat(path)).blocks * 512;

describe('a file with holes', () => {
  it('of 2 GiB with 8 KiB of data is captured, restored and compared by its data', async () => {
    await sparse('disk.img', 2 * GIB, { 0: Buffer.alloc(4 * KIB, 'a'), [GIB + 4 * KIB]: Buffer.alloc(4 * KIB, 'b') });

    const before = await bytesRead();
    const { snapshotId, result } = await take();
    const read = (await bytesRead()) - before;

    expect(result).toMatchObject({ fileCount: 1, warningCount: 0 });
    expect(result.filestoreBytes).toBeLessThanOrEqual(128 * KIB);
    expect(result.readBytes).toBe(result.filestoreBytes);
    expect(read).toBeLessThan(100 * MIB);
    const { directory, files, bytes } = await restore(snapshotId);
    expect([files, bytes]).toEqual([1, result.filestoreBytes]);
    expect((await stat(`${directory}/disk.img`)).size).toBe(2 * GIB);
    expect(await allocated(`${directory}/disk.img`)).toBeLessThanOrEqual(128 * KIB);
    expect(await verifyFilestore(directory, staged(snapshotId), silent)).toEqual({ files: 1, bytes });
    const back = await open(`${directory}/disk.img`);
    const bytesBack = Buffer.alloc(8 * KIB);
    await back.read(bytesBack, 0, bytesBack.length, GIB);
    await back.close();
    expect(bytesBack.equals(Buffer.concat([Buffer.alloc(4 * KIB), Buffer.alloc(4 * KIB, 'b')]))).toBe(true);
  });

  it(
    'fits on a disk that is smaller than its size, and so do many small ones',
    { timeout: 60_000 },
    async (context) => {
      const disk = await SmallDisk.mount(scratch.path('disk'), 20);
      if (!disk) return context.skip('mounting needs more rights');
      try {
        await sparse('disk.img', 40 * MIB, { [30 * MIB]: Buffer.alloc(8 * KIB, 'b') });
        for (let n = 0; n < 40; n += 1) await sparse(`${n}`, MIB, { [300 * KIB]: `data of ${n}` });
        const { snapshotId, result } = await take();
        // A page or a block for each.
        expect(result.filestoreBytes).toBeLessThan(8 * MIB);
        expect((await estimateFilestore(root, { budgetMs: 30_000 })).bytes).toBeLessThan(8 * MIB);
        const { directory } = await restore(snapshotId, undefined, scratch.staged('disk/restored'));
        expect(await describeTree(directory)).toEqual(await describeTree(root));
      } finally {
        await disk.unmount();
      }
    },
  );

  it.each(
    sampleOf<[string, number, Record<number, Buffer>]>(
      [
        ['a hole at its start', 3 * MIB, { [2 * MIB]: Buffer.alloc(MIB, 'x') }],
        ['a hole at its end', 3 * MIB, { 0: Buffer.alloc(MIB, 'x') }],
        ['only holes', 3 * MIB + 1, {}],
        ['nothing in it', 0, {}],
        ['data everywhere', 3 * MIB, { 0: Buffer.alloc(3 * MIB, 'x') }],
        ['data that begins and ends within a block', 5 * MIB + 123, { [MIB + 777]: Buffer.alloc(3 * MIB, 'x') }],
        ['one byte at its end', 5 * MIB + 123, { [5 * MIB + 122]: Buffer.from('x') }],
        ['zeros that were written', 3 * MIB, { [MIB]: Buffer.alloc(MIB) }],
        ['less than a block', 100, { 50: Buffer.from('x') }],
        ['a hole in a small file', 256 * KIB, { 0: Buffer.from('x'), [128 * KIB]: Buffer.from('y') }],
      ],
      3,
    ),
  )('with %s comes back byte for byte and takes no more room', async (_, size, data) => {
    // Many small ones are read and written in another way than a few.
    for (let n = 0; n < 100; n += 1) await sparse(`${n}`, size < MIB ? size : 10, size < MIB ? data : {});
    const path = await sparse('file', size, data);
    const { snapshotId } = await take();
    const { directory } = await restore(snapshotId);
    expect(await describeTree(directory)).toEqual(await describeTree(root));
    expect(await allocated(`${directory}/file`)).toBeLessThanOrEqual(await allocated(path));
    await verifyFilestore(directory, staged(snapshotId), silent);
  });

  it('comes back byte for byte whatever its holes are', { timeout: 120_000 }, async () => {
    const piece = fc.record({
      offset: fc.integer({ min: 0, max: 3 * MIB }),
      length: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: MIB })),
      fill: fc.integer({ min: 0, max: 3 }),
    });
    const file = fc.record({
      size: fc.oneof(fc.integer({ min: 0, max: 4 * MIB }), fc.constant(4 * MIB)),
      pieces: fc.array(piece, { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 6 }), async (files) => {
        for (const [index, { size, pieces }] of files.entries()) {
          const data = Object.fromEntries(
            pieces.map(({ offset, length, fill }) => [offset, Buffer.alloc(length, fill)]),
          );
          await sparse(`${index}`, size, data);
        }
        const { snapshotId } = await take();
        const { directory } = await restore(snapshotId);
        expect(await describeTree(directory)).toEqual(await describeTree(root));
        await verifyFilestore(directory, staged(snapshotId), silent);
        for (const index of files.keys()) {
          expect(await allocated(`${directory}/${index}`)).toBeLessThanOrEqual(await allocated(`${root}/${index}`));
          await unlink(`${root}/${index}`);
        }
      }),
      { numRuns: usually(2, 10) },
    );
  });

  describe('that has rested long enough to be known by its times', () => {
    let rested: Scratch;

    // All of them at once.
    beforeAll(async () => {
      rested = await Scratch.create();
      root = await rested.directory('carried-over');
      await sparse('file', 6 * MIB, { [4 * MIB]: 'in the middle' });
      await sparse('holes', 6 * MIB);
      root = await rested.directory('another-size');
      await sparse('file', 100 * MIB, { 0: 'data' });
      root = await rested.directory('live');
      await sparse('file', 10 * MIB, { [3 * MIB + 5]: 'data', [9 * MIB]: Buffer.alloc(MIB, 'z') });
      await sparse('holes', 10 * MIB);
      await sleep(RACY_MS + 100);
    });
    afterAll(() => rested.remove());

    it('that is as the base has it is carried over, with its holes', async () => {
      root = rested.path('carried-over');
      const base = await take();
      const { snapshotId, result } = await take({ base: { snapshotId: base.snapshotId } });
      expect(result).toMatchObject({ type: 'differential', readBytes: 0, filestoreBytes: base.result.filestoreBytes });
      expect(await filesOf(snapshotId)).toEqual(await filesOf(base.snapshotId));
      const { directory } = await restore(snapshotId);
      expect(await describeTree(directory)).toEqual(await describeTree(root));
      expect(await allocated(`${directory}/file`)).toBeLessThanOrEqual(128 * KIB);
    });

    it('is read again when its size was changed, though its data was not', async () => {
      root = rested.path('another-size');
      const base = await take();
      await truncate(`${root}/file`, 200 * MIB);
      const { snapshotId } = await take({ base: { snapshotId: base.snapshotId } });
      const { directory } = await restore(snapshotId);
      expect((await stat(`${directory}/file`)).size).toBe(200 * MIB);
    });

    it('that is live is copied with its holes, and without asking the vault', { timeout: 60_000 }, async () => {
      root = rested.path('live');
      const { snapshotId } = await take();
      const contents = {
        read: () => {
          throw new Error('The vault was asked.');
        },
        readAll: () => Promise.reject(new Error('The vault was asked.')),
        deliver: () => Promise.reject(new Error('The vault was asked.')),
      };
      const directory = scratch.staged('restored');
      const live = { path: root, capturedAt: new Date(Date.now() + 2 * MINUTE_MS) };
      await stageFilestore({ directory, entries: staged(snapshotId), contents, live }, silent);
      expect(await describeTree(directory)).toEqual(await describeTree(root));
      expect(await allocated(`${directory}/file`)).toBeLessThanOrEqual(await allocated(`${root}/file`));
      expect(await allocated(`${directory}/holes`)).toBe(0);
    });
  });

  it('that changes while it is read is read again', async () => {
    const path = await sparse('file', 10 * MIB, { 0: Buffer.alloc(2 * MIB, 'before') });
    const { vault } = place;
    let stored = 0;
    const changing = vaultWith(vault, (writer) => ({
      store: async (source) => {
        const content = await writer.store(source);
        if ((stored += 1) === 1) await sparse('file', 10 * MIB, { [8 * MIB]: Buffer.alloc(MIB, 'after') });
        return content;
      },
    }));
    const snapshotId = randomUUID();
    const result = await capture({ project: PROJECT, snapshotId, filestore: root }, changing, silent);
    expect([stored, result.warningCount]).toEqual([2, 0]);
    const { directory } = await restore(snapshotId);
    expect(await describeTree(directory)).toEqual(await describeTree(root));
    expect(path).toBe(`${root}/file`);
  });

  it('is told from others by a comparison: its size, its data, where that lies, and what should be a hole', async () => {
    await sparse('file', 20 * MIB, { [5 * MIB]: Buffer.alloc(64 * KIB, 'x') });
    const { snapshotId } = await take();
    const entry = (await filesOf(snapshotId)).get('file')!;
    const back = async (change: (path: string) => Promise<void>): Promise<string> => {
      const { directory } = await restore(snapshotId);
      await change(`${directory}/file`);
      const seconds = Number(BigInt(entry.mtimeNs) / 1_000_000_000n);
      await utimes(`${directory}/file`, seconds, seconds);
      return verifyFilestore(directory, staged(snapshotId), silent).then(
        () => 'the same',
        (error: Error) => error.message,
      );
    };
    const write = (offset: number, text: string) => async (path: string) => {
      const file = await open(path, 'r+');
      await file.write(text, offset);
      await file.close();
    };
    expect(await back((path) => truncate(path, 20 * MIB - 1))).toContain('another size');
    expect(await back(write(5 * MIB + 7, 'y'))).toContain('other bytes');
    expect(await back(write(15 * MIB, 'y'))).toContain('other bytes');
    expect(await back(write(0, 'y'))).toContain('other bytes');
    expect(await back(write(20 * MIB - 1, 'y'))).toContain('other bytes');
    // Zeros where a hole was are the same content.
    expect(await back(write(15 * MIB, '\0\0\0'))).toContain('another modification time');
  });

  it('of an older manifest, with the zeros of its holes in the content, can still be restored', async () => {
    const bytes = Buffer.concat([Buffer.alloc(3 * MIB), Buffer.from('data'), Buffer.alloc(MIB)]);
    const snapshotId = randomUUID();
    const older = await place.vault.beginCapture(PROJECT, {
      snapshotId,
      createdAt: new Date().toISOString(),
      tools: {},
    });
    async function* source() {
      yield Buffer.from(bytes);
    }
    const content = await older.store(source());
    const common = { uid: process.getuid!(), gid: process.getgid!(), mtimeNs: '1000000000' };
    await older.add(
      { kind: 'directory', path: 'utf8:', mode: 0o755, ...common },
      { kind: 'file', path: 'utf8:file', mode: 0o644, ...common, content },
    );
    await older.publish();
    const { directory } = await restore(snapshotId);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect((await describeTree(directory)).join('\n')).toContain(`bytes=${bytes.length} sha256=${sha256}`);
    await verifyFilestore(directory, staged(snapshotId), silent);
  });

  it('has several names: each becomes a file with holes', async () => {
    const path = await sparse('a', 20 * MIB, { 0: 'data' });
    await link(path, `${root}/b`);
    await writeFile(`${root}/c`, 'c');
    const { snapshotId } = await take();
    const { directory } = await restore(snapshotId);
    expect(await describeTree(directory)).toEqual(await describeTree(root));
    for (const name of ['a', 'b']) expect(await allocated(`${directory}/${name}`)).toBeLessThan(MIB);
  });
});
