import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import { Pool } from 'pg';
import { LocalBackend } from '../../src/vault/backend/local/local-backend.js';
import { sourceOf } from '../../src/vault/backend/object-source.js';
import { migrateCatalogue } from '../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { PackUses } from '../../src/vault/catalogue/pack-uses.js';
import { PostgresCatalogue } from '../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { MasterKey } from '../../src/vault/keys/master-key.js';
import { sealContext } from '../../src/vault/manifests/manifest-draft.js';
import { sealStream } from '../../src/vault/manifests/sealed-stream.js';
import { manifestKey, packKey } from '../../src/vault/format/object-keys.js';
import { PackVault } from '../../src/vault/pack-vault.js';
import { ProjectKeys } from '../../src/vault/keys/project-keys.js';
import { PostgresServer } from '../harness/postgres-server.js';

/**
 * How long a collection takes after many snapshots of many files, when one was deleted. The catalogue's rows and the manifests are
 * those of real captures; the packs are empty files of their names, since nobody reads them here.
 */
const { values } = parseArgs({
  options: {
    snapshots: { type: 'string', default: '200' },
    files: { type: 'string', default: '100000' },
    // Of a thousand files, from one snapshot to the next.
    changed: { type: 'string', default: '20' },
  },
});
const [snapshots, files, changed] = [values.snapshots, values.files, values.changed].map(Number);
if (![snapshots, files, changed].every((n) => Number.isInteger(n) && n! > 0)) {
  console.error('Usage: npm run scale:collection -- --snapshots N --files N --changed N');
  process.exit(2);
}

const CHUNKS_A_PACK = 1_000;
const CHUNK_BYTES = 20_000;

interface File {
  line: string;
  packId: Buffer;
}

const directory = await mkdtemp(join(tmpdir(), 'snapback-scale-'));
const server = await PostgresServer.start({
  auth: 'trust',
  settings: { shared_buffers: '256MB', max_wal_size: '4GB', fsync: 'off' },
});
const pool = new Pool({ ...server.address('postgres'), ssl: false, max: 5 });
pool.on('error', () => undefined);
try {
  await migrateCatalogue(pool);
  const backend = await LocalBackend.open(join(directory, 'vault'));
  const catalogue = new PostgresCatalogue(pool);
  const masterKey = MasterKey.fromBase64(randomBytes(32).toString('base64'));
  const vault = new PackVault({ backend, catalogue, masterKey });
  await vault.open();
  const project = randomUUID();
  const dataKey = await new ProjectKeys(backend, masterKey).ofPerhapsNew(project);
  const state: File[] = [];
  const ids: string[] = [];
  const began = performance.now();

  /** New content for some files, in packs of their own. */
  const change = async (lease: Awaited<ReturnType<typeof catalogue.beginCapture>>, which: number[]): Promise<void> => {
    for (let at = 0; at < which.length; at += CHUNKS_A_PACK) {
      const packId = randomBytes(32);
      const chunks = which.slice(at, at + CHUNKS_A_PACK).map((file, nth) => {
        const id = randomBytes(32);
        state[file] = { packId, line: lineOf(file, id.toString('hex')) };
        return { id, offset: nth * CHUNK_BYTES, storedBytes: CHUNK_BYTES, plainBytes: CHUNK_BYTES, encoding: 0 };
      });
      await backend.put(packKey(project, packId.toString('hex')), sourceOf(Buffer.from('pack')));
      await catalogue.addPack(lease, { id: packId, bytes: chunks.length * CHUNK_BYTES, keyId: dataKey.id }, chunks);
    }
  };

  for (let nth = 0; nth < snapshots!; nth += 1) {
    const snapshotId = randomUUID();
    const lease = await catalogue.beginCapture(project, snapshotId);
    const count = nth === 0 ? files! : Math.max(1, Math.round((files! * changed!) / 1_000));
    const which = nth === 0 ? Array.from({ length: count }, (_, file) => file) : someOf(files!, count);
    await change(lease, which);
    const uses = new PackUses();
    for (const { packId } of state) uses.add({ packId, storedBytes: CHUNK_BYTES });
    const objectKey = manifestKey(project, snapshotId, lease.captureId);
    const file = join(directory, 'manifest');
    await writeFile(file, await sealed(snapshotId));
    const { size: bytes } = await stat(file);
    await backend.put(objectKey, { bytes, open: () => createReadStream(file) as AsyncIterable<Buffer> });
    await catalogue.publish(lease, { objectKey, bytes }, uses);
    ids.push(snapshotId);
  }
  console.log(`made ${snapshots} snapshots of ${files} files in ${seconds(began)} s`);

  async function sealed(snapshotId: string): Promise<Buffer[]> {
    const header = { kind: 'header', format: 1, snapshotId, createdAt: new Date().toISOString(), tools: {} };
    const lines = `${JSON.stringify(header)}\n${state.map(({ line }) => line).join('')}`;
    const sha256 = createHash('sha256').update(lines).digest('hex');
    const text = `${lines}${JSON.stringify({ kind: 'footer', entries: state.length, sha256 })}\n`;
    const plain = zstdCompressSync(text);
    const parts: Buffer[] = [];
    for await (const part of sealStream(dataKey, sealContext(snapshotId), inOne(plain))) parts.push(part);
    return parts;
  }

  for (const [what, nth] of [
    ['the newest', snapshots! - 1],
    ['the oldest', 0],
    ['one of the middle', Math.floor(snapshots! / 2)],
  ] as const) {
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
    const start = performance.now();
    await vault.deleteManifest(project, ids[nth]!);
    const deleted = seconds(start);
    const report = await vault.collect(project, { signal: AbortSignal.timeout(600_000) });
    clearInterval(watch);
    const more = Math.round((most - before) / 2 ** 20);
    const how = report.thorough ? ', the store looked through' : '';
    console.log(
      `${what}: deleted in ${deleted} s, with its collection ${seconds(start)} s${how}; ${report.removedObjects} packs removed, ${more} MiB more memory`,
    );
  }
} finally {
  await pool.end();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

function lineOf(file: number, id: string): string {
  const path = `utf8:folder-${file % 500}/file-${file}.dat`;
  const content = { bytes: CHUNK_BYTES, sha256: id, chunks: [{ id, bytes: CHUNK_BYTES }] };
  const facts = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1700000000000000000' };
  return `${JSON.stringify({ kind: 'file', path, ...facts, content })}\n`;
}

function someOf(all: number, count: number): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(randomBytes(4).readUInt32LE() % all);
  return [...chosen];
}

async function* inOne(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1);
}
