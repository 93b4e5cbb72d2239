import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { S3Backend } from '../../../src/vault/backend/s3/s3-backend.js';
import type { S3BackendOptions } from '../../../src/vault/backend/s3/s3-options.js';
import { MasterKey } from '../../../src/vault/keys/master-key.js';
import { rotateProjectKeys } from '../../../src/vault/keys/rotate-project-keys.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import type { PublishReport } from '../../../src/vault/vault.js';
import { noise } from '../../conformance/content.js';
import { optionsFor } from '../../conformance/subjects.js';
import { S3Server } from '../../harness/s3-server.js';
import { sampleOf } from '../../harness/thorough.js';
import { collect, inParts, makeVault, newId, type VaultFixture } from './fixture.js';
import type { LockingOrders } from './locking-child.js';

const DAY_MS = 24 * 60 * 60_000;
const DAYS = 30;
const signal = new AbortController().signal;
const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };

let server: S3Server;
let options: S3BackendOptions;
let backend: S3Backend;
let fixture: VaultFixture;
let project: string;

beforeEach(async () => {
  server = await S3Server.start({ objectLock: true });
  options = { ...optionsFor(server), lock: { days: DAYS, mode: 'compliance' } };
  backend = new S3Backend(options);
  fixture = await makeVault(backend);
  project = newId();
});

afterEach(async () => {
  await fixture.remove();
  backend.close();
  await server.stop();
});

async function capture(...names: string[]): Promise<PublishReport & { snapshotId: string }> {
  const snapshotId = newId();
  const vault = fixture.anotherVault();
  const writer = await vault.beginCapture(project, { snapshotId, createdAt: new Date().toISOString(), tools: {} });
  for (const [index, name] of names.entries()) {
    const content = await writer.store(inParts(noise(name, 40_000)));
    await writer.add({ kind: 'file', path: `utf8:file-${index}`, ...attributes, content });
  }
  return { snapshotId, ...(await writer.publish()) };
}

async function restore(snapshotId: string): Promise<Buffer[]> {
  const vault = fixture.anotherVault();
  const contents: Buffer[] = [];
  for await (const entry of vault.readEntries(project, snapshotId)) {
    if (entry.kind === 'file') contents.push(await collect(vault.readContent(project, entry.content)));
  }
  return contents;
}

const collectThoroughly = () => fixture.vault.collect(project, { signal, thorough: true });
const lockRequests = () => server.requests.filter((request) => request.startsWith('PUT') && /retention/.test(request));

/** What the store holds of a kind, with until when its newest version is locked. */
function stored(folder: string): { key: string; until: Date | undefined }[] {
  return server.store
    .versionedKeys()
    .filter((key) => key.includes(folder))
    .map((key) => ({ key, until: server.store.versionsOf(key)[0]?.retention?.until }));
}

/** For the store, and for the catalogue. */
async function pass(days: number): Promise<void> {
  server.store.clock = () => new Date(Date.now() + days * DAY_MS);
  await fixture.pool.query(`UPDATE vault.packs SET locked_until = locked_until - $1 * interval '1 day'`, [days]);
}

it('locks all that a snapshot needs for as long as it says, and at least so long', async () => {
  const before = Date.now();
  const { lockedUntil, snapshotId } = await capture('one', 'two');
  expect(lockedUntil?.getTime()).toBeGreaterThanOrEqual(before + DAYS * DAY_MS);
  const needed = [...stored('/packs/'), ...stored('/manifests/'), ...stored('key.json'), ...stored('format.json')];
  expect(needed.length).toBeGreaterThanOrEqual(4);
  expect(needed.filter(({ until }) => until === undefined || until < lockedUntil!)).toEqual([]);
  // Whoever has the credentials and deletes it all hides it.
  await backend.delete(needed.map(({ key }) => key.replace('some/prefix/', '')));
  expect(await restore(snapshotId)).toEqual([noise('one', 40_000), noise('two', 40_000)]);
});

it('asks for no lock that is known, once a day for those that end too early, and before the manifest is there', async () => {
  await capture('one');
  server.requests.length = 0;
  await capture('one');
  expect(lockRequests().filter((request) => request.includes('/packs/'))).toEqual([]);
  await fixture.pool.query(`UPDATE vault.packs SET locked_until = locked_until - interval '25 hours'`);
  server.requests.length = 0;
  const { lockedUntil } = await capture('one');
  expect(lockRequests().filter((request) => request.includes('/packs/'))).toHaveLength(1);
  const firstOf = (text: string) => server.requests.findIndex((one) => one.startsWith('PUT') && one.includes(text));
  expect(firstOf('/packs/')).toBeLessThan(firstOf('/manifests/'));
  expect(stored('/packs/')[0]!.until!.getTime()).toBeGreaterThanOrEqual(lockedUntil!.getTime());
});

it('publishes nothing whose packs it cannot lock', async () => {
  await capture('one');
  await fixture.pool.query('UPDATE vault.packs SET locked_until = NULL');
  const [{ key } = { key: '' }] = stored('/packs/');
  await server.store.delete(key);
  await expect(capture('one', 'two')).rejects.toMatchObject({ code: 'chunk-missing' });
});

it('passes over what is locked, says how much, and leaves no version of it behind when its time is over', async () => {
  const kept = await capture('kept');
  const { snapshotId } = await capture('kept', 'gone');
  await fixture.vault.deleteManifest(project, snapshotId);
  const packs = stored('/packs/').length;
  expect(await collectThoroughly()).toMatchObject({ removedObjects: 0, lockedPacks: 1, waitingPacks: 0 });
  expect(stored('/packs/')).toHaveLength(packs);
  // What stays is of use.
  server.requests.length = 0;
  await capture('gone');
  expect(server.requests.filter((one) => one.startsWith('PUT') && /packs/.test(one))).toEqual([]);
  const [again] = (await fixture.pool.query<{ id: string }>('SELECT snapshot_id AS id FROM vault.manifests')).rows
    .map(({ id }) => id)
    .filter((id) => id !== kept.snapshotId);
  await fixture.vault.deleteManifest(project, again!);
  await pass(DAYS + 2);
  expect(await collectThoroughly()).toMatchObject({ removedObjects: 1, lockedPacks: 0 });
  expect(stored('/packs/')).toHaveLength(packs - 1);
  expect(stored('/manifests/')).toHaveLength(1);
  expect(await restore(kept.snapshotId)).toEqual([noise('kept', 40_000)]);
});

it('finds out what is locked when its catalogue does not know, and comes back', async () => {
  const { snapshotId } = await capture('one');
  await fixture.vault.deleteManifest(project, snapshotId);
  await fixture.pool.query('UPDATE vault.packs SET locked_until = NULL');
  expect(await collectThoroughly()).toMatchObject({ removedObjects: 0, lockedPacks: 1 });
  const known = await fixture.pool.query<{ locked_until: Date }>('SELECT locked_until FROM vault.packs');
  expect(known.rows[0]?.locked_until).toEqual(stored('/packs/')[0]?.until);
  server.requests.length = 0;
  expect(await collectThoroughly()).toMatchObject({ removedObjects: 0, lockedPacks: 1 });
  expect(server.requests.filter((one) => /packs.*retention/.test(one))).toEqual([]);
  await pass(DAYS + 2);
  expect(await collectThoroughly()).toMatchObject({ removedObjects: 1, lockedPacks: 0 });
  expect(stored('/packs/')).toEqual([]);
});

it('locks a key that is wrapped anew for as long as the one before', async () => {
  const { lockedUntil } = await capture('one');
  const next = MasterKey.fromBase64(randomBytes(32).toString('base64'));
  await rotateProjectKeys(backend, fixture.masterKey, next);
  const [{ until } = { until: undefined }] = stored('key.json');
  expect(until).toEqual(lockedUntil);
  expect(server.store.versionsOf(stored('key.json')[0]!.key)).toHaveLength(2);
});

it('loses nothing and locks nothing for good when it is killed while it publishes', async () => {
  const kept = await capture('kept');
  const masterKey = randomBytes(32).toString('base64');
  await rotateProjectKeys(backend, fixture.masterKey, MasterKey.fromBase64(masterKey));
  const vault = new PackVault({ backend, catalogue: fixture.catalogue, masterKey: MasterKey.fromBase64(masterKey) });
  const steps = Array.from({ length: 30 }, (_, nth) => nth + 1);
  for (const nth of sampleOf(steps, 1)) {
    const { databaseUrl } = fixture;
    const contents = ['kept', `new ${nth}`];
    await killed({ databaseUrl, s3: options, masterKey, project, snapshotId: newId(), contents, nth });
  }
  await fixture.pool.query(`UPDATE vault.captures SET heartbeat = heartbeat - interval '1 day'`);
  await vault.collect(project, { signal, thorough: true });
  await pass(DAYS + 3);
  await vault.collect(project, { signal, thorough: true });
  const { rows } = await fixture.pool.query<{ object_key: string }>('SELECT object_key FROM vault.manifests');
  const manifests = stored('/manifests/').map(({ key }) => key.replace('some/prefix/', ''));
  expect(manifests.toSorted()).toEqual(rows.map(({ object_key }) => object_key).toSorted());
  const { rows: packs } = await fixture.pool.query('SELECT FROM vault.packs');
  expect(stored('/packs/')).toHaveLength(packs.length);
  const content: Buffer[] = [];
  for await (const entry of vault.readEntries(project, kept.snapshotId)) {
    if (entry.kind === 'file') content.push(await collect(vault.readContent(project, entry.content)));
  }
  expect(content).toEqual([noise('kept', 40_000)]);
});

async function killed(orders: LockingOrders): Promise<void> {
  const loader = join(import.meta.dirname, '../../harness/typescript-imports.mjs');
  const runs = ['--no-warnings', '--experimental-transform-types', '--import', loader];
  const child = spawn(process.execPath, [...runs, join(import.meta.dirname, 'locking-child.ts')], {
    env: {
      PATH: process.env['PATH'],
      LOCKING_ORDERS: JSON.stringify(orders),
      NODE_COMPILE_CACHE: join(import.meta.dirname, '../../../node_modules/.cache/snapback-faults'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [status, signal_] = (await once(child, 'close')) as [number | null, string | null];
  // One with fewer steps ends by itself.
  if (status !== 0 && signal_ !== 'SIGKILL') throw new Error(said);
}
