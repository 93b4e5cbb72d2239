import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import type { FileEntry } from '../../../src/vault/manifests/manifest.js';
import { collect, inParts, makeVault, newId, type VaultFixture } from './fixture.js';
import { noise, type NoiseQuestion } from './noise-source.js';

/** More than are looked up at a time. */
const MANY = 2_600;

let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await makeVault();
});
afterAll(() => fixture.remove());

function fileOf(path: string, content: ContentRef): FileEntry {
  return { kind: 'file', path: `utf8:${path}`, mode: 0o644, uid: 0, gid: 0, mtimeNs: '1', content };
}

async function begin(project: string, snapshotId = newId()) {
  const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
  return { snapshotId, writer: await fixture.vault.beginCapture(project, header) };
}

interface Use {
  pack: string;
  chunks: number;
  bytes: number;
}

/** What the catalogue says that a snapshot needs of the packs. */
async function usesOf(project: string, snapshotId: string): Promise<Use[]> {
  const { rows } = await fixture.pool.query<Use>(
    `SELECT r.pack::text, r.chunks::int, r.bytes::int
       FROM vault.manifest_packs r JOIN vault.manifests m ON m.number = r.manifest
      WHERE m.project = $1 AND m.snapshot_id = $2 ORDER BY r.pack`,
    [project, snapshotId],
  );
  return rows;
}

async function packsOf(project: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of fixture.backend.list(`projects/${project}/packs/`)) keys.push(key);
  return keys;
}

async function readBack(project: string, snapshotId: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const entry of fixture.anotherVault().readEntries(project, snapshotId)) {
    if (entry.kind === 'file') files.set(entry.path, await collect(fixture.vault.readContent(project, entry.content)));
  }
  return files;
}

it('publishes entries that were added before their chunks were in a pack, also after those were looked up in vain', async () => {
  const project = newId();
  const { snapshotId, writer } = await begin(project);
  const source = await writer.open<undefined, NoiseQuestion, ContentRef[]>({
    name: 'noise-source',
    from: import.meta.url,
    start: undefined,
  });
  const sizes = Array.from({ length: MANY }, (_, nth) => 1 + (nth % 50));
  const refs = await source.ask({ kind: 'store', number: 1, bytes: sizes });
  await source.close();
  await writer.add(...refs.map((content, nth) => fileOf(`${nth}`, content)));
  await writer.add(fileOf('again', refs[0]!));
  expect(await packsOf(project)).toEqual([]);
  expect((await writer.publish()).entries).toBe(MANY + 1);

  const files = await readBack(project, snapshotId);
  expect(files.size).toBe(MANY + 1);
  for (const [nth, bytes] of sizes.entries())
    expect(files.get(`utf8:${nth}`)!.equals(noise(1 + nth, bytes))).toBe(true);
  const different = new Set(refs.map(({ sha256 }) => sha256)).size;
  const uses = await usesOf(project, snapshotId);
  expect(uses.reduce((sum, { chunks }) => sum + chunks, 0)).toBe(different);
});

it.each([
  ['nobody has stored', false],
  ['only another project has', true],
])('refuses to publish an entry with a chunk that %s, and publishes nothing', async (_, isElsewhere) => {
  const project = newId();
  const plain = randomBytes(1000);
  if (isElsewhere) {
    const { writer } = await begin(newId());
    await writer.add(fileOf('file', await writer.store(inParts(plain))));
    await writer.publish();
  }
  const id = hash('sha256', plain);
  const { snapshotId, writer } = await begin(project);
  await writer.add(fileOf('good', await writer.store(inParts(randomBytes(1000)))));
  await writer.add(fileOf('bad', { bytes: 1000, sha256: id, chunks: [{ id, bytes: 1000 }] }));
  const missing = { code: 'chunk-missing', message: expect.stringContaining(id) as string };
  await expect(writer.publish()).rejects.toMatchObject(missing);
  await writer.discard();
  await expect(fixture.vault.readHeader(project, snapshotId)).rejects.toMatchObject({ code: 'manifest-missing' });
  expect(await fixture.capturesUnderWay()).toBe(0);
});

it('finds what is carried over in the catalogue, and counts each chunk once, whether it was read again or not', async () => {
  const project = newId();
  const [carried, readAgain, fresh] = [randomBytes(6 * 1024 * 1024), randomBytes(2000), randomBytes(3000)] as const;
  const base = await begin(project);
  const refs = [await base.writer.store(inParts(carried)), await base.writer.store(inParts(readAgain))] as const;
  await base.writer.add(fileOf('carried', refs[0]), fileOf('read-again', refs[1]));
  await base.writer.publish();

  const { snapshotId, writer } = await begin(project);
  await writer.add(fileOf('carried', refs[0]), fileOf('carried-twice', refs[0]), fileOf('before', refs[1]));
  const again = await writer.store(inParts(readAgain));
  expect(again).toEqual(refs[1]);
  await writer.add(fileOf('read-again', again), fileOf('fresh', await writer.store(inParts(fresh))));
  await writer.publish();

  const [ofBase, ofThis] = [await usesOf(project, base.snapshotId), await usesOf(project, snapshotId)];
  const basePacks = new Set(ofBase.map(({ pack }) => pack));
  expect(ofThis.filter(({ pack }) => basePacks.has(pack))).toEqual(ofBase);
  expect(ofThis.filter(({ pack }) => !basePacks.has(pack))).toMatchObject([{ chunks: 1 }]);
  expect(writer.added.plainBytes).toBe(fresh.length);
  const files = await readBack(project, snapshotId);
  expect(files.get('utf8:carried-twice')!.equals(carried)).toBe(true);
  expect(files.get('utf8:before')!.equals(readAgain)).toBe(true);
});
