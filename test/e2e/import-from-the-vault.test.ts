import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentUpdate,
  environmentView,
  operationConfirm,
  operationsList,
  projectView,
  rollbackCreate,
  snapshotCreate,
  snapshotList,
  snapshotPin,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { importVault } from '../../src/disaster-recovery/import-vault.js';
import { startService } from '../../src/start-service.js';
import { openVaultAccess } from '../../src/vault-access/vault-access.js';
import { checkedFetch } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { LogWatch } from '../harness/log-watch.js';
import { createTestEnvironment, type TestEnvironment } from '../harness/sample-environment.js';
import { madeUpKey } from '../harness/secret-mark.js';
import { createServiceSetting, type ServiceSetting, startTestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfSnapshot, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let root: string;
let env: NodeJS.ProcessEnv;
let place: TestEnvironment;
let taken: SnapshotDetails[];
let setting: ServiceSetting;
/** What an import has said. */
let said: string[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapback-test-import-'));
  await chmod(root, 0o755);
  await mkdir(join(root, 'files'));
  const VAULT_PATH = join(root, 'vault');
  env = { VAULT_PATH, VAULT_MASTER_KEY: madeUpKey('vault'), FILESTORE_ROOTS: join(root, 'files') };
  const service = await startTestService(env);
  const client = service.client();
  place = await createTestEnvironment(client, join(root, 'files'));
  const path = { environmentId: place.environment.id };
  const full = await takeSnapshot(client, path.environmentId, { type: 'full', label: 'before 17.0' });
  await result(snapshotPin({ client, path: { ...path, snapshotId: full.id }, body: {} }));
  await changeBoth(place);
  const differential = await takeSnapshot(client, path.environmentId);
  taken = [full, differential];
  await service.stop();
  setting = await createServiceSetting(env);
});

afterAll(async () => {
  await place.database.drop();
  await setting.remove();
  await rm(root, { recursive: true, force: true });
});

async function bringBack(signal = new AbortController().signal): Promise<void> {
  said = [];
  const configuration = loadConfiguration(setting.env);
  const access = await openVaultAccess(configuration);
  const tell = (message: string) => void said.push(message);
  try {
    await importVault(access, configuration, { done: tell, failure: tell, signal });
  } finally {
    await access.close();
  }
}

const count = async (table: string) => query(setting.database, `SELECT count(*)::int AS rows FROM ${table}`);

describe('an import into an empty database', () => {
  it('makes no row when it is ended before it is done, and all of them when it is run again', async () => {
    const stop = new AbortController();
    const ending = bringBack(stop.signal);
    const reason = new Error('ended');
    setImmediate(() => stop.abort(reason));
    await expect(ending).rejects.toThrow('ended');
    expect(await count('projects')).toEqual([{ rows: 0 }]);
    // As one that was killed between its rows leaves it.
    await query(
      setting.database,
      'DROP SCHEMA IF EXISTS snapback_import CASCADE; CREATE SCHEMA snapback_import; CREATE TABLE snapback_import.snapshots (left_over int)',
    );
    await bringBack();
    expect(said).toContain('1 projects, 1 environments and 2 snapshots are back.');
    expect(await count('snapshots')).toEqual([{ rows: 2 }]);
    expect(await query(setting.database, `SELECT FROM pg_namespace WHERE nspname = 'snapback_import'`)).toEqual([]);
  });

  it('is refused for a database that is not empty', async () => {
    await expect(bringBack()).rejects.toThrow('is not empty: it has 1 projects, 1 environments and 2 snapshots');
  });

  it('is followed by a service that knows everything but connections and pins, and rolls back when it was told those', async () => {
    const running = await startService(loadConfiguration(setting.env), { log: new LogWatch() });
    try {
      const client: Client = connect({ baseUrl: running.url!, token: testToken(), fetch: checkedFetch });
      const path = { projectId: place.project.id, environmentId: place.environment.id };
      const { name, description } = place.project;
      expect(await result(projectView({ client, path }))).toMatchObject({ name, description });
      const { labels, type, pool } = place.environment;
      const environment = await result(environmentView({ client, path }));
      expect(environment).toMatchObject({ name: place.environment.name, labels, type, pool });
      expect([environment.database, environment.filestorePath]).toEqual([null, null]);

      const listed = await result(snapshotList({ client, path }));
      expect(listed.items.map(({ id }) => id)).toEqual(taken.map(({ id }) => id).toReversed());
      for (const was of taken) {
        const is = await result(snapshotView({ client, path: { ...path, snapshotId: was.id } }));
        const { pinned: _pinned, durationMs: _durationMs, finishedAt, startedAt, ...rest } = was;
        // Its steps are the operation's, which the vault does not know.
        expect(is).toMatchObject({ ...rest, finishedAt: expect.any(String) as string, steps: [] });
        expect(Math.abs(Date.parse(is.finishedAt!) - Date.parse(finishedAt!))).toBeLessThan(5000);
        expect(Math.abs(Date.parse(is.startedAt!) - Date.parse(startedAt!))).toBeLessThan(5000);
      }

      const early = await result(snapshotCreate({ client, path, body: {} }));
      const failed = await endOfSnapshot(client, { ...path, snapshotId: early.id });
      expect(failed).toMatchObject({ status: 'failed', failure: { code: 'database-unreachable' } });
      expect(failed.failure!.message).toContain('environmentUpdate');

      const refused = await rollbackCreate({ client, path, body: { snapshotId: taken[0]!.id } });
      expect(refused.error).toMatchObject({ status: 409, code: 'rollback-refused' });
      expect(refused.error?.detail).toContain('the environment has none; add one to it');

      const { host, port, database, user, password } = place.database.address;
      const own = { kind: 'connection', host, port, database, user, password } as const;
      const body = { database: own, filestorePath: place.filestorePath };
      await result(environmentUpdate({ client, path, body }));
      expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
      const log = await rollBack(client, path.environmentId, { snapshotId: taken[0]!.id, createSafetySnapshot: false });
      expect(log).toMatchObject({ status: 'completed', failure: null });
      expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
      // The lineage is in the vault as well.
      expect(await takeSnapshot(client, path.environmentId, { type: 'full' })).toMatchObject({ type: 'full' });
    } finally {
      await running.stop();
    }
  });

  it('loses nothing to retention before somebody has looked and confirmed it', async () => {
    const { id } = place.environment;
    await query(setting.database, `UPDATE snapshots SET created_at = created_at - interval '90 days'`);
    await query(
      setting.database,
      `INSERT INTO keeper_items (kind, subject, environment_id, project_id, organization)
      VALUES ('retention', '${id}', '${id}', '${place.project.id}', 'acme')`,
    );
    // A share of 1: what stops it is nothing but that nobody has looked.
    const own = { ...setting.env, RETENTION_MAX_SHARE: '1' };
    const running = await startService(loadConfiguration(own), { log: new LogWatch() });
    try {
      const client = connect({ baseUrl: running.url!, token: testToken(), fetch: checkedFetch });
      const path = { environmentId: id };
      const asking = await waitUntil('retention asks', async () => {
        const { items } = await result(operationsList({ client, query: { environmentId: id } }));
        return items.find(({ kind, reason }) => kind === 'retention' && reason !== null);
      });
      expect(JSON.stringify(asking)).toContain('brought back from the vault');
      const completed = async () =>
        (await result(snapshotList({ client, path, query: { status: 'completed' } }))).total;
      expect(await completed()).toBe(3);
      await result(operationConfirm({ client, path: { operationId: asking.id } }));
      await waitUntil('it goes on', async () => (await completed()) === 1);
      const [held] = await query(setting.database, 'SELECT retention_held FROM environments');
      expect(held).toEqual({ retention_held: false });
    } finally {
      await running.stop();
    }
  });
});
