import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentDelete,
  environmentUpdate,
  operationGiveUp,
  operationRetry,
  operationsList,
  rollbackCancel,
  rollbackCreate,
  snapshotCreate,
  snapshotDelete,
  snapshotList,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { Operation } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { publishedIn } from '../harness/vault-view.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, endOfSnapshot, logOf, takeSnapshot } from './outcomes.js';
import { makeRestoreSlow, restoreIsAsleep } from './slow-restore.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

afterAll(async () => {
  await nothingIsLeft(places).finally(() => service.stop());
});

async function createEnvironment(options = {}): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot, options);
  places.push(place);
  return place;
}

async function operationsOf({ environment }: TestEnvironment): Promise<Operation[]> {
  const { items } = await result(operationsList({ client, query: { environmentId: environment.id } }));
  return items;
}

async function give({ project, environment }: TestEnvironment, pool: string): Promise<void> {
  const path = { projectId: project.id, environmentId: environment.id };
  await result(environmentUpdate({ client, path, body: { pool } }));
}

describe('work for a pool that nobody serves', () => {
  it('says so, can be cancelled, and goes with the environment to a pool that somebody serves', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    const { id: snapshotId } = await takeSnapshot(client, path.environmentId);
    await changeBoth(place);
    await give(place, 'nobody');
    const body = { snapshotId, createSafetySnapshot: false };
    const first = await result(rollbackCreate({ client, path, body }));
    const cancelled = await result(rollbackCancel({ client, path: { deploymentId: first.deploymentId } }));
    expect(cancelled).toMatchObject({ status: 'cancelled', failure: null, finishedAt: expect.any(String) });
    const twice = await result(rollbackCancel({ client, path: { deploymentId: first.deploymentId } }));
    expect(twice).toEqual(cancelled);

    const { deploymentId } = await result(rollbackCreate({ client, path, body }));
    const { id: waiting } = await result(snapshotCreate({ client, path }));
    expect((await operationsOf(place)).map(({ kind, state, reason }) => [kind, state, reason])).toEqual([
      ['rollback', 'queued', null],
      ['snapshot', 'queued', null],
    ]);
    for (const table of ['rollback_logs', 'snapshots']) {
      await query(
        service.database,
        `UPDATE ${table} SET created_at = created_at - interval '2 minutes' WHERE status = 'queued'`,
      );
    }
    const hanging = await result(operationsList({ client, query: { ...path, state: 'attention' } }));
    expect(hanging).toMatchObject({ total: 2, items: [{ reason: { code: 'pool-unserved' } }, {}] });
    expect(hanging.items[0]?.help).toContain('WORKER_POOLS=nobody');

    await give(place, 'default');
    expect((await endOfRollback(client, path.environmentId, deploymentId)).status).toBe('completed');
    expect((await endOfSnapshot(client, { ...path, snapshotId: waiting })).status).toBe('completed');
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    await waitUntil('nothing is under way', async () => (await operationsOf(place)).length === 0);
  });

  it('that has lost its job in the queue gets another one', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    await give(place, 'nobody');
    const { id: snapshotId } = await result(snapshotCreate({ client, path }));
    // As a queue does with what it has kept for two weeks.
    await query(service.database, `DELETE FROM jobs.job WHERE data ->> 'snapshotId' = '${snapshotId}'`);
    await query(service.database, `UPDATE environments SET pool = 'default' WHERE id = '${path.environmentId}'`);
    expect((await endOfSnapshot(client, { ...path, snapshotId })).status).toBe('completed');
  });

  it('does not keep an environment from being deleted once it is cancelled', async () => {
    const place = await createEnvironment();
    const path = { projectId: place.project.id, environmentId: place.environment.id };
    const { id: snapshotId } = await takeSnapshot(client, path.environmentId);
    await give(place, 'nobody');
    const { deploymentId } = await result(rollbackCreate({ client, path, body: { snapshotId } }));
    const gone = { client, path, query: { snapshots: 'delete' as const } };
    expect((await environmentDelete(gone)).error?.code).toBe('environment-busy');
    await result(rollbackCancel({ client, path: { deploymentId } }));
    expect((await environmentDelete(gone)).response?.status).toBe(204);
  });
});

describe('cancelling a rollback that runs', () => {
  it('stops it before it swaps, and leaves nothing beside the live state', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    const { id: snapshotId } = await takeSnapshot(client, path.environmentId);
    await makeRestoreSlow(place);
    const slow = await takeSnapshot(client, path.environmentId);
    await changeBoth(place);
    const { deploymentId } = await result(rollbackCreate({ client, path, body: { snapshotId: slow.id } }));
    await restoreIsAsleep(place);
    const asked = await result(rollbackCancel({ client, path: { deploymentId } }));
    expect(asked.status).toBe('running');
    const log = await endOfRollback(client, path.environmentId, deploymentId);
    expect(log).toMatchObject({ status: 'cancelled', failure: null, keptDatabase: null, keptDirectory: null });
    // Nothing was swapped out.
    expect(log).toMatchObject({ safetySnapshotId: null, safetySnapshotStatus: null });
    expect(log.steps.map(({ name }) => name)).not.toContain('cutover');
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    expect(await statesBeside(place)).toEqual([]);
    // Nothing of it is in the way of another one.
    const body = { snapshotId, createSafetySnapshot: false };
    const again = await result(rollbackCreate({ client, path, body }));
    expect((await endOfRollback(client, path.environmentId, again.deploymentId)).status).toBe('completed');
    const late = await rollbackCancel({ client, path: { deploymentId: again.deploymentId } });
    expect([late.response?.status, late.error?.code]).toEqual([409, 'rollback-not-cancellable']);
  });
});

describe('a deletion while the vault is away', () => {
  it('waits, says why, is tried for ever, and at once when it is asked for again', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    const { id: snapshotId } = await takeSnapshot(client, path.environmentId);
    const vault = join(service.env['DATA_DIR']!, 'vault');
    await rename(vault, `${vault}-away`);
    expect((await snapshotDelete({ client, path: { ...path, snapshotId } })).response?.status).toBe(204);
    const waiting = await waitUntil('it was tried some times', async () => {
      const [operation] = await operationsOf(place);
      return operation !== undefined && operation.tryCount >= 2 && operation;
    });
    expect(waiting).toMatchObject({ kind: 'snapshot-deletion', snapshotId, reason: { code: expect.any(String) } });
    expect(waiting.help).toContain('vault');
    // Many tries later.
    await query(
      service.database,
      `UPDATE keeper_items SET tries = 1000, due_at = now() + interval '15 minutes', failed_since = now() - interval '1 day',
              held_by = NULL, held_until = NULL WHERE kind = 'snapshot-deletion'`,
    );
    await rename(`${vault}-away`, vault);
    expect((await snapshotDelete({ client, path: { ...path, snapshotId } })).response?.status).toBe(204);
    await waitUntil('it is gone', async () => (await result(snapshotList({ client, path }))).total === 0);
    expect(await publishedIn(service, place.project.id)).toEqual([]);
    expect((await snapshotView({ client, path: { ...path, snapshotId } })).response?.status).toBe(404);
    await waitUntil('nothing waits', async () => (await operationsOf(place)).length === 0);
  });

  it('of a base goes on although a differential was built on it, which stays whole', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    const base = await takeSnapshot(client, path.environmentId, { type: 'full' });
    await changeBoth(place);
    const differential = await takeSnapshot(client, path.environmentId, { type: 'differential' });
    const refused = await snapshotDelete({ client, path: { ...path, snapshotId: base.id } });
    expect([refused.response?.status, refused.error?.code]).toEqual([409, 'snapshot-is-base']);
    const detached = { client, path: { ...path, snapshotId: base.id }, query: { base: 'detach' as const } };
    expect((await snapshotDelete(detached)).response?.status).toBe(204);
    await waitUntil('the base is gone', async () => (await result(snapshotList({ client, path }))).total === 1);
    const left = await result(snapshotView({ client, path: { ...path, snapshotId: differential.id } }));
    expect(left).toMatchObject({ type: 'differential', baseSnapshotId: null, status: 'completed' });
    await query(place.database.address, 'DROP TABLE marks CASCADE').catch(() => undefined);
    const body = { snapshotId: differential.id, createSafetySnapshot: false };
    const { deploymentId } = await result(rollbackCreate({ client, path, body }));
    expect((await endOfRollback(client, path.environmentId, deploymentId)).status).toBe('completed');
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
  });
});

describe('what cannot be removed beside a live state', () => {
  it('is shown with its reason, can be tried now, and can be given up', async () => {
    const place = await createEnvironment({ undoMinutes: 60 });
    const path = { environmentId: place.environment.id };
    const { id: snapshotId } = await takeSnapshot(client, path.environmentId);
    const body = { snapshotId, createSafetySnapshot: false };
    const { deploymentId } = await result(rollbackCreate({ client, path, body }));
    const log = await endOfRollback(client, path.environmentId, deploymentId);
    const kept = log.keptDatabase!;
    const admin = { ...place.database.admin, database: 'postgres' };
    // A database that is a template cannot be dropped.
    await query(admin, `ALTER DATABASE "${kept}" IS_TEMPLATE true`);
    await query(
      service.database,
      `UPDATE rollback_logs SET kept_until = now() WHERE deployment_id = '${deploymentId}'`,
    );
    const hanging = await waitUntil('it was tried', async () => {
      const [operation] = await operationsOf(place);
      return operation !== undefined && operation.tryCount > 0 && operation;
    });
    expect(hanging).toMatchObject({ kind: 'kept-state', deploymentId, reason: { code: 'left-over' } });
    const tried = await result(operationRetry({ client, path: { operationId: hanging.id } }));
    expect(tried.id).toBe(hanging.id);

    await waitUntil('nobody is at it', async () => {
      const gone = await operationGiveUp({ client, path: { operationId: hanging.id } });
      return gone.response?.status === 204;
    });
    expect(await operationsOf(place)).toEqual([]);
    expect(await logOf(client, path.environmentId, deploymentId)).toMatchObject({ keptDatabase: null });
    await query(admin, `ALTER DATABASE "${kept}" IS_TEMPLATE false`);
    await query(admin, `DROP DATABASE "${kept}"`);
  });
});
