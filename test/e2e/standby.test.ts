import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  deploymentCreate,
  deploymentView,
  environmentDelete,
  environmentUpdate,
  environmentView,
  rollbackPlan,
  rollbackUndo,
  settingsUpdate,
  snapshotDelete,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotSettingsUpdate, Standby } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { drawnTests } from '../harness/drawn-tests.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { deleteAll, nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

afterAll(async () => {
  await deleteAll(client, places);
  await nothingIsLeft(places).finally(() => service.stop());
});

interface Place extends TestEnvironment {
  id: string;
}

async function newPlace(settings: SnapshotSettingsUpdate = {}): Promise<Place> {
  const place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 0 });
  places.push(place);
  const { id } = place.environment;
  await result(settingsUpdate({ client, path: { environmentId: id }, body: { standby: 'newest', ...settings } }));
  return { ...place, id };
}

async function standbyOf({ id, project }: Place): Promise<Standby | null> {
  const path = { projectId: project.id, environmentId: id };
  return (await result(environmentView({ client, path }))).standby;
}

async function isReady(place: Place, snapshotId: string): Promise<Standby> {
  return waitUntil('the standby is ready', async () => {
    const standby = await standbyOf(place);
    return standby?.status === 'ready' && standby.snapshotId === snapshotId && standby;
  });
}

describe.concurrent('a standby', { timeout: 120_000 }, () => {
  const scenario = drawnTests(2, { of: 9 });

  it('is what a completed snapshot is restored to, proves it, and is swapped in by a rollback that builds nothing', async () => {
    const place = await newPlace();
    const { id: snapshotId } = await takeSnapshot(client, place.id);
    const standby = await isReady(place, snapshotId);
    expect(standby).toMatchObject({ reason: null, databaseBytes: expect.any(Number), readyAt: expect.any(String) });
    expect(await statesBeside(place)).toHaveLength(2);
    const path = { environmentId: place.id, snapshotId };
    expect(await result(snapshotView({ client, path }))).toMatchObject({ restorability: { state: 'proven' } });
    await changeBoth(place);

    const body = { snapshotId, createSafetySnapshot: false };
    const plan = await result(rollbackPlan({ client, path: { environmentId: place.id }, body }));
    expect(plan).toMatchObject({ allowed: true, standby: true });
    expect(plan.steps.map(({ name }) => name)).toEqual(['prepare', 'cutover', 'cleanup']);
    const log = await rollBack(client, place.id, body);

    expect(log).toMatchObject({
      status: 'completed',
      failure: null,
      standby: { used: true, reason: null },
      warnings: [],
    });
    expect(log.steps.map(({ name }) => name)).toEqual(['prepare', 'cutover', 'cleanup']);
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    // Nothing of the previous state, and another standby of the same snapshot.
    await isReady(place, snapshotId);
    expect(await statesBeside(place)).toHaveLength(2);
    await changeBoth(place);
    const again = await rollBack(client, place.id, body);
    expect(again).toMatchObject({ status: 'completed', standby: { used: true } });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });

  scenario(
    'is told of by the deployment before which it was captured, and gates wait for it where they are told to',
    async () => {
      const place = await newPlace({ standby: 'pre_deploy', gateRequires: 'standby' });
      await takeSnapshot(client, place.id);
      expect(await standbyOf(place)).toBeNull();
      const deployment = await result(deploymentCreate({ client, path: { environmentId: place.id }, body: {} }));
      const view = () => result(deploymentView({ client, path: { deploymentId: deployment.id } }));
      const open = await waitUntil('the gate opens', async () => {
        const now = await view();
        return now.gate === 'open' && now;
      });
      expect(open.rollback).toEqual({ ready: true, expectedSeconds: 1, standbySnapshotId: open.snapshotId });
      await isReady(place, open.snapshotId!);
    },
  );

  scenario('goes when it is switched off, and with its environment', async () => {
    const place = await newPlace();
    const { id: snapshotId } = await takeSnapshot(client, place.id);
    await isReady(place, snapshotId);
    const path = { projectId: place.project.id, environmentId: place.id };
    await result(settingsUpdate({ client, path, body: { standby: 'off' } }));
    await waitUntil('it is gone', async () => (await statesBeside(place)).length === 0);
    expect(await standbyOf(place)).toBeNull();

    await result(settingsUpdate({ client, path, body: { standby: 'newest' } }));
    await isReady(place, snapshotId);
    const gone = await environmentDelete({ client, path, query: { snapshots: 'delete' } });
    expect(gone.response?.status).toBe(204);
    expect(await statesBeside(place)).toEqual([]);
  });

  it('that is not what was built any more is left alone: the rollback says why, and rebuilds what it needs', async () => {
    const place = await newPlace();
    const { id: snapshotId } = await takeSnapshot(client, place.id);
    await isReady(place, snapshotId);
    const [database, directory] = await statesBeside(place);
    await writeFile(join(directory!, 'theirs'), 'x');
    await changeBoth(place);
    const body = { snapshotId, createSafetySnapshot: false };
    const log = await rollBack(client, place.id, body);

    expect(log).toMatchObject({ status: 'completed', standby: { used: false, reason: { code: 'standby-changed' } } });
    expect(log.steps.map(({ name }) => name)).toContain('stage-database');
    expect(log.steps[0]).toMatchObject({ name: 'prepare', detail: expect.stringContaining('was changed') as string });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    // It is removed, and another one is built.
    await waitUntil('it is gone', async () => !(await statesBeside(place)).some((name) => name === database));
    await isReady(place, snapshotId);
    expect(await statesBeside(place)).toHaveLength(2);
  });

  scenario('is there for the next rollback when one fails before its swap', async () => {
    const place = await newPlace();
    const path = { projectId: place.project.id, environmentId: place.id };
    const { id: snapshotId } = await takeSnapshot(client, place.id);
    const { readyAt } = await isReady(place, snapshotId);
    // So that it is given other properties than it was built with, before the swap fails.
    await query(place.database.admin, `COMMENT ON DATABASE "${place.database.address.database}" IS 'of later'`);
    await result(settingsUpdate({ client, path, body: { databaseProperties: 'live' } }));
    await result(
      environmentUpdate({ client, path, body: { beforeCutover: { kind: 'command', command: 'not-there' } } }),
    );
    await changeBoth(place);
    const body = { snapshotId, createSafetySnapshot: false };
    const failed = await rollBack(client, place.id, body);
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'hook-failed' }, standby: { used: true } });
    expect(await standbyOf(place)).toMatchObject({ status: 'ready', readyAt });
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });

    await result(environmentUpdate({ client, path, body: { beforeCutover: null } }));
    expect(await rollBack(client, place.id, body)).toMatchObject({ status: 'completed', standby: { used: true } });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });

  scenario(
    'of an older snapshot stays until the newer one is ready, and is of no use for another snapshot',
    async () => {
      const place = await newPlace();
      const { id: older } = await takeSnapshot(client, place.id);
      await isReady(place, older);
      await changeBoth(place);
      const { id: newer } = await takeSnapshot(client, place.id);
      await isReady(place, newer);
      await waitUntil('the older one is gone', async () => (await statesBeside(place)).length === 2);

      const body = { snapshotId: older, createSafetySnapshot: false };
      expect(await rollBack(client, place.id, body)).toMatchObject({ status: 'completed', standby: null });
      expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
      // Older than the rollback, and still what was built.
      expect(await rollBack(client, place.id, { ...body, snapshotId: newer })).toMatchObject({
        standby: { used: true },
      });
      expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    },
  );

  scenario('becomes that of the next snapshot by what has changed, where most has not', async () => {
    const place = await newPlace();
    await query(
      place.database.address,
      'CREATE TABLE ballast AS SELECT n, repeat(md5(n::text), 30) AS text FROM generate_series(1, 2000) n',
    );
    const { id: older } = await takeSnapshot(client, place.id);
    await isReady(place, older);
    const beside = await statesBeside(place);
    await changeBoth(place);
    const { id: newer } = await takeSnapshot(client, place.id);
    await isReady(place, newer);
    expect(await statesBeside(place)).toEqual(beside);

    await query(place.database.address, 'TRUNCATE ballast');
    const body = { snapshotId: newer, createSafetySnapshot: false };
    expect(await rollBack(client, place.id, body)).toMatchObject({ status: 'completed', standby: { used: true } });
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    expect(await query(place.database.address, 'SELECT count(*)::int AS n FROM ballast')).toEqual([{ n: 2000 }]);
  });

  scenario(
    'is swapped back by an undo like any other state, and its safety snapshot is of what was there before',
    async () => {
      const place = await newPlace();
      await result(settingsUpdate({ client, path: { environmentId: place.id }, body: { undoMinutes: 30 } }));
      const { id: snapshotId } = await takeSnapshot(client, place.id);
      await isReady(place, snapshotId);
      await changeBoth(place);
      const log = await rollBack(client, place.id, { snapshotId });
      expect(log).toMatchObject({ status: 'completed', standby: { used: true }, safetySnapshotStatus: 'completed' });

      const undo = await result(rollbackUndo({ client, path: { deploymentId: log.deploymentId } }));
      expect(await endOfRollback(client, place.id, undo.deploymentId)).toMatchObject({ status: 'completed' });
      expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
      const body = { snapshotId: log.safetySnapshotId!, createSafetySnapshot: false };
      expect(await rollBack(client, place.id, body)).toMatchObject({ status: 'completed' });
      expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    },
  );

  scenario('goes before its environment gets another place, and is built beside that one', async () => {
    const place = await newPlace();
    const path = { projectId: place.project.id, environmentId: place.id };
    const { id: snapshotId } = await takeSnapshot(client, place.id);
    await isReady(place, snapshotId);
    const elsewhere = `${place.filestorePath}-elsewhere`;
    await cp(place.filestorePath, elsewhere, { recursive: true });
    await result(environmentUpdate({ client, path, body: { filestorePath: elsewhere } }));
    expect((await statesBeside(place)).filter((name) => name.startsWith('/'))).toEqual([]);
    await isReady(place, snapshotId);
    expect(await statesBeside({ ...place, filestorePath: elsewhere })).toHaveLength(2);
  });

  scenario('is that of its environment where two of one server are rolled back at once', async () => {
    const both = await Promise.all([newPlace(), newPlace()]);
    await query(both[1]!.database.address, 'CREATE TABLE only_here ()');
    const bodies = await Promise.all(
      both.map(async (place) => {
        const { id: snapshotId } = await takeSnapshot(client, place.id);
        await isReady(place, snapshotId);
        await changeBoth(place);
        return { snapshotId, createSafetySnapshot: false };
      }),
    );
    const logs = await Promise.all(both.map(({ id }, n) => rollBack(client, id, bodies[n]!)));
    for (const log of logs) expect(log).toMatchObject({ status: 'completed', standby: { used: true } });
    for (const place of both) expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    const tables = both.map(({ database }) =>
      query(database.address, "SELECT to_regclass('only_here')::text AS found"),
    );
    expect(await Promise.all(tables)).toEqual([[{ found: null }], [{ found: 'only_here' }]]);
  });

  scenario('goes with its snapshot', async () => {
    const place = await newPlace();
    const { id: snapshotId } = await takeSnapshot(client, place.id);
    await isReady(place, snapshotId);
    const gone = await snapshotDelete({ client, path: { environmentId: place.id, snapshotId } });
    expect(gone.response?.ok).toBe(true);
    await waitUntil('it is gone', async () => (await statesBeside(place)).length === 0);
    await waitUntil('nothing is said of it', async () => (await standbyOf(place)) === null);
  });
});
