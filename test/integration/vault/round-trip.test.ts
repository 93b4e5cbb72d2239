import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalVault } from '../../../src/vault/local-vault.js';
import type { ManifestEntry } from '../../../src/vault/manifest.js';
import { PIECE_BYTES } from '../../../src/vault/piece-reader.js';
import {
  bytesOf,
  entriesOf,
  headerOf,
  inPieces,
  noise,
  PROJECT,
  readSnapshot,
  streamOf,
  takeSnapshot,
  VaultFixture,
} from './vault-fixture.js';

describe('what a vault stores', () => {
  let fixture: VaultFixture;

  beforeAll(async () => {
    fixture = await VaultFixture.create();
  });

  afterAll(async () => {
    await fixture.remove();
  });

  it('comes back byte for byte, whatever its size and however it arrives', async () => {
    const size = fc.oneof(
      fc.nat(300),
      fc.integer({ min: -2, max: 2 }).map((offset) => PIECE_BYTES + offset),
      fc.integer({ min: -1, max: 1 }).map((offset) => 2 * PIECE_BYTES + offset),
    );
    const arriving = fc.oneof(fc.integer({ min: 50_000, max: 300_000 }), fc.constant(3 * PIECE_BYTES));
    await fc.assert(
      fc.asyncProperty(size, arriving, fc.boolean(), async (bytes, pieceBytes, compressible) => {
        const content = compressible ? Buffer.alloc(bytes, 'to and fro ') : noise(bytes);
        const capture = await fixture.vault.beginCapture(PROJECT, headerOf('round-trip'));
        const ref = await capture.store(inPieces(content, pieceBytes));
        expect(ref.bytes).toBe(bytes);
        expect(ref.sha256).toBe(createHash('sha256').update(content).digest('hex'));
        expect(ref.chunks.map((chunk) => chunk.bytes)).toEqual(pieceSizes(bytes));
        expect((await bytesOf(fixture.vault.readContent(PROJECT, ref))).equals(content)).toBe(true);
        await capture.discard();
      }),
      { numRuns: 25 },
    );
  });

  it('comes back when many streams are stored at once, some of them equal', async () => {
    const contents = fc.array(fc.record({ bytes: fc.nat(60_000), fill: fc.nat(3) }), { minLength: 1, maxLength: 40 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(contents, async (list) => {
        const files = Object.fromEntries(list.map(({ bytes, fill }, at) => [`${at}`, Buffer.alloc(bytes, `${fill}`)]));
        const snapshotId = `concurrent-${run++}`;
        await takeSnapshot(fixture.vault, snapshotId, files);
        expect(await readSnapshot(fixture.vault, snapshotId)).toEqual(files);
      }),
      { numRuns: 20 },
    );
  });

  it('is described by a manifest that holds every kind of entry as it was', async () => {
    const common = { mode: 0o6755, uid: 1000, gid: 0xffff_fffe, mtimeNs: '-1' };
    const capture = await fixture.vault.beginCapture(PROJECT, { ...headerOf('kinds'), baseSnapshotId: 'a-base' });
    const content = await capture.store(streamOf(noise(10)));
    const entries: ManifestEntry[] = [
      { kind: 'database-archive', serverVersion: '15.4', databaseBytes: 2 ** 45, content },
      { kind: 'directory', path: 'utf8:', ...common },
      { kind: 'file', path: 'base64:/w==', ...common, content },
      { kind: 'file', path: 'utf8:empty', ...common, content: await capture.store(streamOf()) },
      { kind: 'symlink', path: 'utf8:new\nline "quoted" \u2028 ü', target: 'utf8:../up', ...common },
      { kind: 'warning', code: 'socket-skipped', message: 'A socket was skipped.' },
    ];
    for (const entry of entries) await capture.add(entry);
    const report = await capture.publish();

    expect(report.entries).toBe(entries.length);
    expect(await entriesOf(fixture.vault, 'kinds')).toEqual(entries);
    expect(await fixture.vault.readHeader(PROJECT, 'kinds')).toEqual({
      ...headerOf('kinds'),
      kind: 'header',
      format: 1,
      baseSnapshotId: 'a-base',
    });
  });
});

describe('a vault', () => {
  let fixture: VaultFixture;

  beforeAll(async () => {
    fixture = await VaultFixture.create();
  });

  afterAll(async () => {
    await fixture.remove();
  });

  it('stores equal content once, and counts only what it has added', async () => {
    const shared = noise(PIECE_BYTES + 1000);
    const first = await takeSnapshot(fixture.vault, 'once', { a: shared, b: shared, c: Buffer.alloc(5000) });
    expect(await fixture.files('objects')).toHaveLength(3);
    expect(first.report.storedBytes).toBe((await fixture.bytes('objects')) + (await fixture.bytes('manifests')));

    const again = await takeSnapshot(fixture.vault, 'again', { d: shared, e: Buffer.alloc(5000) });
    expect(await fixture.files('objects')).toHaveLength(3);
    expect(again.report.storedBytes).toBe((await stat(fixture.manifest('again'))).size);
  });

  it('takes two equal snapshots at the same time', async () => {
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`file-${at}`, noise(2000)]));
    const other = fixture.open({});
    await Promise.all([takeSnapshot(fixture.vault, 'twin-1', files), takeSnapshot(other, 'twin-2', files)]);
    expect(await readSnapshot(other, 'twin-1')).toEqual(files);
    expect(await readSnapshot(fixture.vault, 'twin-2')).toEqual(files);
  });

  it('replaces a snapshot that is published again under the same id', async () => {
    await takeSnapshot(fixture.vault, 'repeated', { a: Buffer.from('first attempt') });
    await takeSnapshot(fixture.vault, 'repeated', { a: Buffer.from('second attempt') });
    expect(await readSnapshot(fixture.vault, 'repeated')).toEqual({ a: Buffer.from('second attempt') });
    expect(await fixture.files('incoming')).toEqual([]);
  });

  it('shows nothing of a capture before it is published, nor after it is discarded', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('unseen'));
    await capture.store(streamOf(noise(100)));
    await expect(fixture.vault.readHeader(PROJECT, 'unseen')).rejects.toMatchObject({ code: 'manifest-missing' });
    await capture.discard();
    await capture.discard();
    await expect(entriesOf(fixture.vault, 'unseen')).rejects.toMatchObject({ code: 'manifest-missing' });
    await expect(capture.store(streamOf(noise(1)))).rejects.toThrow('over');
    expect(await fixture.files('incoming')).toEqual([]);
  });

  it('forgets a deleted snapshot, and does not mind deleting it twice', async () => {
    await takeSnapshot(fixture.vault, 'deleted', { a: noise(10) });
    await fixture.vault.deleteManifest(PROJECT, 'deleted');
    await fixture.vault.deleteManifest(PROJECT, 'deleted');
    await fixture.vault.deleteManifest('project-without-anything', 'deleted');
    await expect(fixture.vault.readHeader(PROJECT, 'deleted')).rejects.toMatchObject({ code: 'manifest-missing' });
  });

  it('keeps projects apart', async () => {
    const content = noise(500);
    const { entries } = await takeSnapshot(fixture.vault, 'private', { a: content });
    const ref = entries[0]?.content;
    if (ref === undefined) throw new Error('nothing was stored');
    const foreign = bytesOf(fixture.vault.readContent('project-2', ref));
    await expect(foreign).rejects.toMatchObject({ code: 'chunk-missing' });
    await expect(fixture.vault.readHeader('project-2', 'private')).rejects.toMatchObject({ code: 'manifest-missing' });
  });

  it.each(['', '..', '.', 'a/b', '../project-1', 'a\0b', 'ä', 'x'.repeat(65), 'a.b'])(
    'refuses %j as the id of a project or a snapshot',
    async (id) => {
      await expect(fixture.vault.beginCapture(id, headerOf('fine'))).rejects.toThrow(TypeError);
      await expect(fixture.vault.beginCapture(PROJECT, headerOf(id))).rejects.toThrow(TypeError);
      await expect(fixture.vault.readHeader(PROJECT, id)).rejects.toThrow(TypeError);
      await expect(fixture.vault.deleteManifest(PROJECT, id)).rejects.toThrow(TypeError);
      await expect(fixture.vault.collect(id, { signal: new AbortController().signal })).rejects.toThrow(TypeError);
    },
  );

  it('refuses an entry that it could not read back', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('unreadable'));
    const bad = { kind: 'directory', path: 'no prefix', mode: 0, uid: 0, gid: 0, mtimeNs: '0' } as const;
    await expect(capture.add(bad)).rejects.toThrow('"path"');
    await capture.discard();
  });

  it('does not publish a snapshot whose content is not there', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('hollow'));
    const id = 'ab'.repeat(32);
    const content = { bytes: 5, sha256: id, chunks: [{ id, bytes: 5 }] };
    await capture.add({ kind: 'database-archive', serverVersion: '15', databaseBytes: 5, content });
    await expect(capture.publish()).rejects.toMatchObject({ code: 'chunk-missing' });
    await capture.discard();
    await expect(fixture.vault.readHeader(PROJECT, 'hollow')).rejects.toMatchObject({ code: 'manifest-missing' });
  });

  it('passes on the error of a source as it is, and closes it', async () => {
    const failure = Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'open' });
    let closed = false;
    async function* failing(): AsyncGenerator<Buffer> {
      try {
        yield noise(10);
        throw failure;
      } finally {
        closed = true;
      }
    }
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('failing'));
    await expect(capture.store(failing())).rejects.toBe(failure);
    expect(closed).toBe(true);
    await capture.discard();
  });

  it('stops reading a source when the capture is discarded, and closes it', async () => {
    const capture = await fixture.vault.beginCapture(PROJECT, headerOf('given-up'));
    let closed = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (let read = 0; ; read++) {
          if (read === 10) void capture.discard();
          yield noise(1_000_000);
        }
      } finally {
        closed = true;
      }
    }
    await expect(capture.store(endless())).rejects.toThrow('over');
    expect(closed).toBe(true);
    await capture.discard();
    expect(await fixture.files('incoming')).toEqual([]);
  });

  it('reads from only as many sources at a time as fit its memory', async () => {
    const small = fixture.open({ maxInFlightBytes: 4 * PIECE_BYTES });
    const capture = await small.beginCapture(PROJECT, headerOf('bounded'));
    let open = 0;
    let most = 0;
    async function* watched(seed: number): AsyncGenerator<Buffer> {
      open += 1;
      most = Math.max(most, open);
      for (let at = 0; at < 4; at++) yield Buffer.alloc(200_000, `${seed} ${at} `);
      open -= 1;
    }
    await Promise.all(Array.from({ length: 30 }, (_, seed) => capture.store(watched(seed))));
    await capture.discard();
    expect(most).toBe(2);
  });

  it('is probed without leaving a trace, and says which directory cannot be written', async () => {
    await fixture.vault.probe();
    expect(await readdir(fixture.root)).toEqual([PROJECT]);
    const blocked = new LocalVault({ root: join(fixture.manifest('once'), 'below-a-file') });
    await expect(blocked.probe()).rejects.toMatchObject({ code: 'vault-unwritable' });
    await expect(blocked.probe()).rejects.toThrow('below-a-file');
  });
});

function pieceSizes(bytes: number): number[] {
  const whole = Array.from({ length: Math.floor(bytes / PIECE_BYTES) }, () => PIECE_BYTES);
  return bytes % PIECE_BYTES === 0 ? whole : [...whole, bytes % PIECE_BYTES];
}
