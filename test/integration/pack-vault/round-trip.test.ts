import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileEntry, ManifestEntry } from '../../../src/vault/manifests/manifest.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { collect, inParts, makeVault, newId } from './fixture.js';
import type { VaultFixture } from './fixture.js';

let fixture: VaultFixture;

beforeAll(async () => {
  fixture = await makeVault();
});

afterAll(() => fixture.remove());

const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };

async function capture(
  project: string,
  contents: Buffer[],
  vault = fixture.vault,
): Promise<{ snapshotId: string; storedBytes: number }> {
  const snapshotId = newId();
  const writer = await vault.beginCapture(project, {
    snapshotId,
    createdAt: new Date().toISOString(),
    tools: {},
  });
  await Promise.all(
    contents.map(async (bytes, index) => {
      const content = await writer.store(inParts(bytes));
      await writer.add({ kind: 'file', path: `utf8:file-${index}`, ...attributes, content });
    }),
  );
  const { storedBytes } = await writer.publish();
  return { snapshotId, storedBytes };
}

async function restore(project: string, snapshotId: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const entries: ManifestEntry[] = [];
  for await (const entry of fixture.vault.readEntries(project, snapshotId)) entries.push(entry);
  for (const entry of entries.filter((one): one is FileEntry => one.kind === 'file')) {
    files.set(entry.path, await collect(fixture.vault.readContent(project, entry.content)));
  }
  return files;
}

/** In the order in which they were given to `capture()`. */
async function contentsOf(project: string, snapshotId: string): Promise<ContentRef[]> {
  const refs: ContentRef[] = [];
  for await (const entry of fixture.vault.readEntries(project, snapshotId)) {
    if (entry.kind === 'file') refs[Number(entry.path.slice('utf8:file-'.length))] = entry.content;
  }
  return refs;
}

const kilobyte = 1024;
const contents = [
  Buffer.alloc(0),
  Buffer.from('x'),
  randomBytes(18 * kilobyte),
  Buffer.from('some text that repeats '.repeat(20_000)),
  randomBytes(9 * kilobyte * kilobyte),
  Buffer.alloc(6 * kilobyte * kilobyte),
  ...Array.from({ length: 300 }, (_, index) => Buffer.from(`small file ${index} `.repeat(index))),
];

async function keysBelow(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of fixture.backend.list(prefix)) keys.push(key);
  return keys;
}

describe('a vault of packs', () => {
  it('gives back every byte of small, large, empty and repeated contents', async () => {
    const project = newId();
    const { snapshotId } = await capture(project, contents);
    const files = await restore(project, snapshotId);
    expect(files.size).toBe(contents.length);
    for (const [index, bytes] of contents.entries()) {
      expect(hash('sha256', files.get(`utf8:file-${index}`)!)).toBe(hash('sha256', bytes));
    }
  });

  it('gives back many contents together, in their order, whatever their size, and some of them twice', async () => {
    const project = newId();
    const { snapshotId } = await capture(project, contents);
    const refs = await contentsOf(project, snapshotId);
    const asked = [...contents.keys(), 3, 0, 7].toReversed();
    const wholes = await fixture.vault.readContents(
      project,
      asked.map((index) => refs[index]!),
    );
    for (const [nth, index] of asked.entries()) expect(wholes[nth]!.equals(contents[index]!)).toBe(true);
    expect(await fixture.vault.readContents(project, [])).toEqual([]);
  });

  it('refuses many contents together for one that is not there', async () => {
    const project = newId();
    const refs = await contentsOf(project, (await capture(project, contents)).snapshotId);
    const id = hash('sha256', 'nowhere');
    const lost = { bytes: 7, sha256: id, chunks: [{ id, bytes: 7 }] };
    const reading = fixture.vault.readContents(project, [...refs, lost]);
    await expect(reading).rejects.toMatchObject({ code: 'chunk-missing', message: expect.stringContaining(id) });
  });

  it('has many contents taken where they are opened, without those that are not there or are not what is said of them', async () => {
    const project = newId();
    const refs = await contentsOf(project, (await capture(project, contents)).snapshotId);
    const deliver = (wanted: readonly ContentRef[], word: string) =>
      fixture.vault.deliver<{ prefix: string }, string, (string | null)[]>(
        project,
        wanted,
        { name: 'naming-taker', from: import.meta.url, start: { prefix: '> ' } },
        word,
      );
    const named = contents.map((bytes) => `> a ${hash('sha256', bytes)}`);
    expect(await deliver(refs, 'a')).toEqual(named);
    expect(await deliver([], 'a')).toEqual([]);

    const id = hash('sha256', 'nowhere');
    const lost = { bytes: 7, sha256: id, chunks: [{ id, bytes: 7 }] };
    const large = refs[4]!;
    expect(large.chunks.length).toBeGreaterThan(2);
    const others = [
      lost,
      { ...large, sha256: id },
      { ...large, bytes: large.bytes - 1 },
      { ...large, chunks: large.chunks.toReversed() },
      { ...large, chunks: [...large.chunks.slice(1), lost.chunks[0]!] },
    ];
    expect(await deliver([refs[1]!, ...others, refs[2]!], 'a')).toEqual([
      named[1],
      ...others.map(() => null),
      named[2],
    ]);
    await expect(deliver(refs, 'fail')).rejects.toMatchObject({ code: 'told-to', message: 'It was told to.' });
    expect(await deliver(refs, 'a')).toEqual(named);
  });

  it('refuses a content that has another length than is said of it, alone and with others', async () => {
    const project = newId();
    const refs = await contentsOf(project, (await capture(project, contents)).snapshotId);
    for (const index of [1, 4]) {
      const right = refs[index]!;
      const [first, ...others] = right.chunks;
      const wrong = { ...right, bytes: right.bytes + 1, chunks: [{ ...first!, bytes: first!.bytes + 1 }, ...others] };
      const told = { code: 'chunk-damaged', message: expect.stringContaining(`should have ${wrong.bytes}`) };
      await expect(collect(fixture.vault.readContent(project, wrong))).rejects.toMatchObject(told);
      await expect(fixture.vault.readContents(project, [refs[2]!, wrong])).rejects.toMatchObject(told);
    }
  });

  it('finds chunks together that a collection has moved since it looked them up', async () => {
    const project = newId();
    const first = await capture(project, contents);
    const kept = contents.filter((_, index) => index % 25 === 1);
    const second = await capture(project, kept);
    const refs = await contentsOf(project, second.snapshotId);
    const read = async () => (await fixture.vault.readContents(project, refs)).map((bytes) => hash('sha256', bytes));
    const before = await read();
    await fixture.vault.deleteManifest(project, first.snapshotId);
    const collected = await fixture.anotherVault().collect(project, { signal: new AbortController().signal });
    expect(collected.removedObjects).toBeGreaterThan(0);
    expect(await read()).toEqual(before);
  });

  it('stores what the project already has only once, and nothing across projects', async () => {
    const [project, other] = [newId(), newId()];
    const first = await capture(project, contents);
    const again = await capture(project, contents);
    const elsewhere = await capture(other, contents);
    expect(again.storedBytes).toBeLessThan(first.storedBytes / 50);
    expect(elsewhere.storedBytes).toBeGreaterThan(first.storedBytes * 0.9);
  });

  it('needs a handful of objects for hundreds of files', async () => {
    const project = newId();
    await capture(project, contents);
    const keys = await keysBelow(`projects/${project}/`);
    expect(keys.length).toBeLessThan(8);
  });

  it('publishes nothing of a capture that was discarded', async () => {
    const project = newId();
    const snapshotId = newId();
    const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
    const writer = await fixture.vault.beginCapture(project, header);
    await writer.store(inParts(randomBytes(100_000)));
    await writer.discard();
    await expect(fixture.vault.readHeader(project, snapshotId)).rejects.toMatchObject({ code: 'manifest-missing' });
    await expect(writer.add({ kind: 'warning', code: 'late', message: 'too late' })).rejects.toThrow(/over/);
  });

  it('cannot be read with another master key, and says which is missing', async () => {
    const project = newId();
    const { snapshotId } = await capture(project, [Buffer.from('secret')]);
    const { PackVault } = await import('../../../src/vault/pack-vault.js');
    const { MasterKey } = await import('../../../src/vault/keys/master-key.js');
    const stranger = new PackVault({
      backend: fixture.backend,
      catalogue: fixture.catalogue,
      masterKey: MasterKey.fromBase64(randomBytes(32).toString('base64')),
    });
    await expect(stranger.readHeader(project, snapshotId)).rejects.toMatchObject({ code: 'wrong-master-key' });
  });
});

describe('collection in a vault of packs', () => {
  const signal = new AbortController().signal;

  it('removes what nobody refers to any more, and nothing else', async () => {
    const project = newId();
    const listed = () => keysBelow(`projects/${project}/packs/`);
    const kept = await capture(project, [randomBytes(300_000), Buffer.from('shared')]);
    const needed = await listed();
    const dropped = await capture(project, [randomBytes(500_000), Buffer.from('shared')]);
    // One or more, as threads were free.
    const more = (await listed()).length - needed.length;
    await fixture.vault.deleteManifest(project, dropped.snapshotId);

    const report = await fixture.vault.collect(project, { signal });
    expect(report.removedObjects).toBe(more);
    expect((await listed()).toSorted()).toEqual(needed.toSorted());
    expect(report.removedBytes).toBeGreaterThan(500_000);
    expect((await restore(project, kept.snapshotId)).size).toBe(2);
    await expect(fixture.vault.readHeader(project, dropped.snapshotId)).rejects.toMatchObject({
      code: 'manifest-missing',
    });
  });

  it('moves what is alive out of packs that are mostly dead', async () => {
    const project = newId();
    const shared = randomBytes(200_000);
    // In one pack: of several there might be one with too little in it to be worth a copy.
    const { backend, catalogue, masterKey } = fixture;
    const oneLane = new PackVault({ backend, catalogue, masterKey, lanes: 1 });
    const noise = Array.from({ length: 24 }, () => randomBytes(1_000_000));
    const dropped = await capture(project, [shared, ...noise], oneLane);
    const kept = await capture(project, [shared]);
    await fixture.vault.deleteManifest(project, dropped.snapshotId);

    const report = await fixture.vault.collect(project, { signal });
    // All of it told, when it is not so: what was left may be waiting for somebody.
    expect([report, report.removedBytes > 23_000_000]).toEqual([report, true]);
    const files = await restore(project, kept.snapshotId);
    expect(files.get('utf8:file-0')!.equals(shared)).toBe(true);
  });
});
