import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { S3Backend } from '../../../src/vault/backend/s3/s3-backend.js';
import { lookThrough } from '../../../src/vault/replica/look-through.js';
import { openReplica } from '../../../src/vault/replica/open-replica.js';
import { freePacks, retire } from '../../../src/vault/replica/retire.js';
import { optionsFor } from '../../conformance/subjects.js';
import { S3Server } from '../../harness/s3-server.js';
import { signal, VaultWithReplica } from './replica-fixture.js';

const DAY_MS = 24 * 60 * 60_000;
const DAYS = 7;

let both: VaultWithReplica;
let server: S3Server;
let replica: S3Backend;

beforeAll(async () => {
  both = await VaultWithReplica.create();
  server = await S3Server.start({ objectLock: true });
  replica = new S3Backend({ ...optionsFor(server), lock: { days: DAYS, mode: 'compliance' } });
  await openReplica(both.parts.vault, replica, async () => false);
});
afterAll(async () => {
  replica.close();
  await server.stop();
  await both.remove();
});

const stored = (part: string) => server.store.versionedKeys().filter((key) => key.includes(part));
const lockOf = (key: string) => server.store.versionsOf(key)[0]?.retention?.until;
const parts = () => ({ ...both.parts, replica });
const retired = () => retire(parts(), both.project, { keepDays: 0, signal });

async function tend(): Promise<number> {
  await lookThrough(parts(), both.project, signal);
  return freePacks(parts(), both.project, signal);
}

async function pass(days: number): Promise<void> {
  server.store.clock = () => new Date(Date.now() + days * DAY_MS);
  for (const table of ['replica_snapshots', 'replica_packs']) {
    await both.dataSource.query(`UPDATE ${table} SET locked_until = locked_until - $1 * interval '1 day'`, [days]);
  }
}

it('keeps what is locked there for as long as that, whatever is deleted from the vault, and lets it go then', async () => {
  const [shared, own] = [randomBytes(50_000), randomBytes(50_000)];
  const kept = await both.capture(shared);
  const snapshotId = await both.capture(shared, own);
  const before = Date.now();
  for (const each of [kept, snapshotId]) {
    expect(await both.copy(each, { replica })).toMatchObject({ state: 'copied' });
  }
  const needed = ['/packs/', '/manifests/', 'key.json', 'format.json'].flatMap(stored);
  expect(needed).toHaveLength(6);
  expect(needed.filter((key) => (lockOf(key)?.getTime() ?? 0) < before + DAYS * DAY_MS)).toEqual([]);

  await both.delete(snapshotId, 1);
  expect(await retired()).toEqual([]);
  expect(await tend()).toBe(0);
  expect(await both.readReplica(snapshotId, replica)).toEqual([shared, own]);

  // A state database that was brought back knows of no lock, and asks the store.
  await both.dataSource.query('UPDATE replica_snapshots SET locked_until = NULL');
  expect(await retired()).toEqual([]);
  expect(stored('/manifests/')).toHaveLength(2);

  await pass(DAYS + 2);
  expect(await retired()).toEqual([snapshotId]);
  expect(await tend()).toBe(1);
  expect(stored('/manifests/')).toHaveLength(1);
  expect(stored('/packs/')).toHaveLength(1);
  expect(await both.readReplica(kept, replica)).toEqual([shared]);
});

it('is not written over by what somebody has put on top of it', async () => {
  server.store.clock = () => new Date();
  const snapshotId = await both.capture(randomBytes(40_000));
  await both.copy(snapshotId, { replica });
  const [pack] = (await both.parts.catalogue.needsOf(both.project, snapshotId))!.packs!;
  const key = `projects/${both.project}/packs/${pack!.id.toString('hex').slice(0, 2)}/${pack!.id.toString('hex')}`;
  const whole = await replica.read(key);
  await replica.replace(key, randomBytes(whole.length));
  await both.forgetReplica();
  expect(await both.copy(snapshotId, { replica })).toMatchObject({ state: 'copied', packs: 1 });
  expect((await replica.read(key)).equals(whole)).toBe(true);
});
