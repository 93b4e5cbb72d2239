import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client as PgClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentCreate,
  environmentUpdate,
  rollbackCreate,
  rollbackLogList,
  rollbackPlan,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { Finding } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, logOf, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

const MEGABYTE = 1024 * 1024;

let service: TestService;
let client: Client;
let disk: string;
let canMount: boolean;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  disk = join(service.filestoreRoot, 'disk');
  await mkdir(disk);
  canMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', disk]).status === 0;
});

afterAll(async () => {
  await nothingIsLeft(places).finally(() => {
    if (canMount) spawnSync('umount', [disk]);
    return service.stop();
  });
});

async function createEnvironment(root = service.filestoreRoot): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, root);
  places.push(place);
  return place;
}

/** Asks for a rollback that must be refused; returns why. Plan and request say the same, and nothing is touched. */
async function reasonsAgainst(place: TestEnvironment, snapshotId: string): Promise<Finding[]> {
  const path = { environmentId: place.environment.id };
  const body = { snapshotId };
  const plan = await result(rollbackPlan({ client, path, body }));
  const { error, response } = await rollbackCreate({ client, path, body });
  expect([response?.status, error?.code]).toEqual([409, 'rollback-refused']);
  expect(plan.allowed).toBe(false);
  expect(plan.refusals.map(({ code }) => code)).toEqual(error?.reasons?.map(({ code }) => code));
  expect((await result(rollbackLogList({ client, path }))).total).toBe(0);
  expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
  expect(await statesBeside(place)).toEqual([]);
  return error!.reasons!;
}

/** An environment that has been changed since its snapshot. */
async function createChanged(): Promise<TestEnvironment & { snapshotId: string }> {
  const place = await createEnvironment();
  const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
  await changeBoth(place);
  return { ...place, snapshotId };
}

describe('a rollback that would not end well', () => {
  /** Refusals leave it as it is. */
  let changed: Awaited<ReturnType<typeof createChanged>>;
  beforeAll(async () => {
    changed = await createChanged();
  });

  it('is refused while a replication slot is there, by its name', async () => {
    const { snapshotId, ...place } = changed;
    const slot = `warehouse_${randomBytes(4).toString('hex')}`;
    await query(place.database.admin, `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    const reasons = await reasonsAgainst(place, snapshotId);
    expect(reasons).toMatchObject([{ code: 'replication-slots', message: expect.stringContaining(slot) }]);
    await query(place.database.admin, `SELECT pg_drop_replication_slot('${slot}')`);
    // To make a slot is to wait for every transaction on the server, other tests' included.
  }, 60_000);

  it('is refused while the database subscribes to another', async () => {
    const { snapshotId, ...place } = changed;
    const { admin } = place.database;
    await query(
      admin,
      `CREATE SUBSCRIPTION prices CONNECTION 'host=nowhere.invalid dbname=x' PUBLICATION p WITH (connect = false)`,
    );
    const reasons = await reasonsAgainst(place, snapshotId);
    expect(reasons).toMatchObject([{ code: 'subscriptions', message: expect.stringContaining('prices') }]);
    await query(admin, `ALTER SUBSCRIPTION prices SET (slot_name = NONE)`);
    await query(admin, `DROP SUBSCRIPTION prices`);
  });

  it('is refused while a superuser is connected, whose session nobody else may end', async () => {
    const { snapshotId, ...place } = changed;
    const { host, port, database, user, password } = place.database.admin;
    const superuser = new PgClient({ host, port, database, user, password, ssl: false });
    await superuser.connect();
    const reasons = await reasonsAgainst(place, snapshotId);
    expect(reasons).toMatchObject([{ code: 'sessions-cannot-be-ended' }]);
    await superuser.end();
  });

  it('is refused while a transaction is prepared, and works when that is settled', async () => {
    const { snapshotId, ...place } = changed;
    const { address } = place.database;
    const name = `payment ${address.database}`;
    await query(address, `BEGIN; INSERT INTO items VALUES (999, 'present'); PREPARE TRANSACTION '${name}'`);
    const reasons = await reasonsAgainst(place, snapshotId);
    expect(reasons).toMatchObject([{ code: 'prepared-transactions', message: expect.stringContaining('1 prepared') }]);

    await query(address, `COMMIT PREPARED '${name}'`);
    expect(await rollBack(client, place.environment.id, { snapshotId })).toMatchObject({ status: 'completed' });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });

  it('is refused for the database in which the service keeps its own state', async () => {
    const { host, port, database, user, password } = service.database;
    const { project } = await createEnvironment();
    const own = {
      name: 'own',
      type: 'production',
      database: { kind: 'connection', host, port, database, user, password },
    } as const;
    const { id } = await result(environmentCreate({ client, path: { projectId: project.id }, body: own }));
    const { id: snapshotId } = await takeSnapshot(client, id);
    // By another name of the same machine it is the same database.
    const alias = { ...own, name: 'alias', database: { ...own.database, host: 'localhost' } };
    for (const body of [own, alias]) {
      const path = { projectId: project.id, environmentId: id };
      await result(environmentUpdate({ client, path, body: { database: body.database } }));
      const { error, response } = await rollbackCreate({ client, path, body: { snapshotId } });
      expect(response?.status).toBe(409);
      expect(error?.reasons?.map(({ code }) => code)).toContain('own-database');
    }
  });

  it('is refused where two environments have had one place since an earlier version, by the name of the other', async () => {
    const { snapshotId, ...place } = await createChanged();
    const { project, environment } = place;
    const twin = await createTestEnvironment(client, service.filestoreRoot, { project });
    places.push(twin);
    const copy = `UPDATE environments t SET database = f.database, filestore_path = f.filestore_path FROM environments f`;
    await query(service.database, `${copy} WHERE f.id = '${environment.id}' AND t.id = '${twin.environment.id}'`);
    const named = { message: expect.stringContaining(`the environment ${twin.environment.name}`) };
    expect(await reasonsAgainst(place, snapshotId)).toMatchObject([
      { code: 'database-shared', ...named },
      { code: 'filestore-shared', ...named },
    ]);
  });

  it('is refused when there is not enough room beside the filestore', async (context) => {
    if (!canMount) context.skip();
    const place = await createEnvironment(disk);
    const large = join(place.filestorePath, 'large');
    await writeFile(large, randomBytes(10 * MEGABYTE));
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    await changeBoth(place);
    const reasons = await reasonsAgainst(place, snapshotId);
    expect(reasons).toMatchObject([{ code: 'disk-space', message: expect.stringContaining(disk) }]);

    await rm(large);
    const body = { snapshotId, createSafetySnapshot: false };
    expect(await rollBack(client, place.environment.id, body)).toMatchObject({ status: 'completed', warnings: [] });
  });

  it('fails without a change when something comes in the way while it works', async () => {
    const production = changed;
    const staging = await createTestEnvironment(client, service.filestoreRoot, {
      project: production.project,
      type: 'staging',
      neutralizeSql: 'SELECT pg_sleep(1.5)',
    } as Parameters<typeof createTestEnvironment>[2]);
    places.push(staging);
    await changeBoth(staging);
    const path = { environmentId: production.environment.id };
    const target = staging.environment.id;
    const body = { snapshotId: production.snapshotId, targetEnvironmentId: target, createSafetySnapshot: false };
    const { deploymentId } = await result(rollbackCreate({ client, path, body }));
    await waitUntil('it restores', async () => {
      const { steps } = await logOf(client, target, deploymentId);
      return steps.at(-1)?.name === 'stage-database';
    });
    await sleep(200);
    const name = `late ${staging.database.address.database}`;
    await query(staging.database.address, `BEGIN; CREATE TABLE late (id int); PREPARE TRANSACTION '${name}'`);
    const log = await endOfRollback(client, target, deploymentId);
    await query(staging.database.address, `ROLLBACK PREPARED '${name}'`);
    expect(log).toMatchObject({ status: 'failed', keptDatabase: null, keptDirectory: null, downtimeMs: null });
    expect(log.failure?.message).toContain('prepared transaction');
    expect(await stateOf(staging)).toEqual({ rows: 'present', files: 'present' });
    expect(await statesBeside(staging)).toEqual([]);
  });
});
