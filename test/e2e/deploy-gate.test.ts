import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  deploymentCreate,
  deploymentFinish,
  deploymentView,
  environmentCreate,
  rollbackLogList,
  settingsUpdate,
  snapshotCreate,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { Deployment, SnapshotSettingsUpdate } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { drawnTests } from '../harness/drawn-tests.js';
import { describeTree } from '../harness/compare-trees.js';
import { childrenRunning } from '../harness/child-processes.js';
import { query } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { holdTable } from './held-table.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, endOfSnapshot } from './outcomes.js';
import { makeUnrestorable } from './unrestorable.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let withoutWorker: TestService;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  [service, withoutWorker] = await Promise.all([startTestService(), startTestService({ ROLE: 'api' })]);
  client = service.client();
  // The contract's shortest is a minute; what comes of it must not take that long to see.
  for (const { database } of [service, withoutWorker]) {
    await query(database, 'ALTER TABLE snapshot_settings DROP CONSTRAINT snapshot_settings_timeout_seconds_check');
  }
});

afterAll(async () => {
  await nothingIsLeft(places).finally(() => Promise.all([service.stop(), withoutWorker.stop()]));
});

async function createEnvironment(settings: SnapshotSettingsUpdate = {}, of = service): Promise<TestEnvironment> {
  const place = await createTestEnvironment(of.client(), of.filestoreRoot);
  places.push(place);
  const path = { environmentId: place.environment.id };
  await result(settingsUpdate({ client: of.client(), path, body: { autoEnabled: true, ...settings } }));
  return place;
}

/** An environment whose database does not answer any more. */
async function createBroken(settings: SnapshotSettingsUpdate): Promise<string> {
  const { project } = await createEnvironment();
  const place = { host: '127.0.0.1', port: await freePort(), database: 'gone', user: 'nobody', password: 'x' };
  const database = { kind: 'connection', ...place } as const;
  const body = { name: 'broken', type: 'production', database } as const;
  const environment = await result(
    environmentCreate({ client, path: { projectId: project.id }, query: { check: false }, body }),
  );
  await result(settingsUpdate({ client, path: { environmentId: environment.id }, body: settings }));
  return environment.id;
}

function announce(environmentId: string, of: Client = client): Promise<Deployment> {
  return result(deploymentCreate({ client: of, path: { environmentId }, body: { version: '17.0' } }));
}

/** The deployment once its gate has been decided. */
function decided(deploymentId: string, of: Client = client): Promise<Deployment> {
  return waitUntil('the gate is decided', async () => {
    const deployment = await result(deploymentView({ client: of, path: { deploymentId } }));
    return deployment.gate !== 'pending' && deployment;
  });
}

async function setTimeoutSeconds({ environment }: TestEnvironment, seconds: number, of = service): Promise<void> {
  const where = `environment_id = '${environment.id}'`;
  await query(of.database, `UPDATE snapshot_settings SET timeout_seconds = ${seconds} WHERE ${where}`);
}

const finish = (deploymentId: string, body: { outcome: 'succeeded' | 'failed'; rollbackOnFailure?: boolean }) =>
  deploymentFinish({ client, path: { deploymentId }, body });

describe('the gate of a deployment', () => {
  const scenario = drawnTests(2, { of: 5 });

  it('is open at once when the environment takes no snapshots by itself', async () => {
    const { environment } = await createEnvironment({ autoEnabled: false });
    const deployment = await announce(environment.id);
    expect(deployment).toMatchObject({ status: 'running', gate: 'open', snapshotId: null });
    expect(deployment.gateReason).toContain('autoEnabled');
  });

  it('opens when its snapshot is completed, and not before', async () => {
    const { environment, database } = await createEnvironment();
    const table = await holdTable(database.address);
    const deployment = await announce(environment.id);
    expect(deployment).toMatchObject({ gate: 'pending', snapshotId: expect.any(String) });
    await table.dumpIsWaiting();
    const early = await finish(deployment.id, { outcome: 'succeeded' });
    expect([early.response?.status, early.error?.code]).toEqual([409, 'gate-not-open']);
    await table.release();
    expect(await decided(deployment.id)).toMatchObject({ gate: 'open', status: 'running' });
    const path = { environmentId: environment.id, snapshotId: deployment.snapshotId! };
    const snapshot = await result(snapshotView({ client, path }));
    expect(snapshot).toMatchObject({ status: 'completed', trigger: 'pre_deploy', label: 'before 17.0' });
    expect(snapshot.deploymentId).toBe(deployment.id);
    expect((await finish(deployment.id, { outcome: 'succeeded' })).data).toMatchObject({ status: 'completed' });
    const other = await finish(deployment.id, { outcome: 'failed' });
    expect([other.response?.status, other.error?.code]).toEqual([409, 'deployment-finished']);
  });

  scenario('stays closed after a failure when the policy is to block', async () => {
    const deployment = await announce(await createBroken({ failurePolicy: 'block' }));
    const { gate, gateReason } = await decided(deployment.id);
    expect(gate).toBe('closed');
    expect(gateReason).toMatch(/cannot be reached.*failurePolicy is block/);
    expect((await finish(deployment.id, { outcome: 'succeeded' })).response?.status).toBe(409);
    expect((await finish(deployment.id, { outcome: 'failed' })).data?.status).toBe('failed');
  });

  scenario('opens with a warning after a failure when the policy is to continue', async () => {
    const deployment = await announce(await createBroken({ failurePolicy: 'continue' }));
    const { gate, gateReason } = await decided(deployment.id);
    expect(gate).toBe('open');
    expect(gateReason).toMatch(/^Warning: .*cannot be reached/);
    // There is nothing to go back to, and nothing is pretended.
    const refused = await finish(deployment.id, { outcome: 'failed', rollbackOnFailure: true });
    expect(refused.response?.status).toBe(409);
    expect((await finish(deployment.id, { outcome: 'succeeded' })).data?.status).toBe('completed');
  });

  scenario('is decided when the capture takes too long, and the capture ends with it', async () => {
    const place = await createEnvironment();
    await setTimeoutSeconds(place, 2);
    const table = await holdTable(place.database.address);
    const deployment = await announce(place.environment.id);
    await table.dumpIsWaiting();
    expect(await decided(deployment.id)).toMatchObject({ gate: 'closed' });
    const path = { environmentId: place.environment.id, snapshotId: deployment.snapshotId! };
    expect(await endOfSnapshot(client, path)).toMatchObject({ status: 'failed', failure: { code: 'timed-out' } });
    await waitUntil('pg_dump has ended', async () => (await childrenRunning('pg_dump')).length === 0, { seconds: 3 });
    await table.release();
  });

  scenario('has no part in a snapshot of its own, which times out all the same', async () => {
    const place = await createEnvironment();
    await setTimeoutSeconds(place, 1);
    const table = await holdTable(place.database.address);
    const path = { environmentId: place.environment.id };
    const { id: snapshotId } = await result(snapshotCreate({ client, path }));
    const snapshot = await endOfSnapshot(client, { ...path, snapshotId });
    expect(snapshot).toMatchObject({ status: 'failed', failure: { code: 'timed-out' } });
    expect(snapshot.failure?.message).toContain('timeoutSeconds (1)');
    expect(await childrenRunning('pg_dump')).toEqual([]);
    await table.release();
  });

  scenario('is decided in time although no worker has come', async () => {
    const place = await createEnvironment({}, withoutWorker);
    await setTimeoutSeconds(place, 1, withoutWorker);
    const api = withoutWorker.client();
    const deployment = await announce(place.environment.id, api);
    expect(deployment.gate).toBe('pending');
    expect(await decided(deployment.id, api)).toMatchObject({ gate: 'closed' });
    const path = { environmentId: place.environment.id, snapshotId: deployment.snapshotId! };
    expect(await endOfSnapshot(api, path)).toMatchObject({ status: 'failed', startedAt: null });
  });
});

describe('the gate of a deployment whose snapshots are verified', () => {
  const verify = 'after_capture';

  it('opens when its snapshot was restored and compared, and not before', async () => {
    const place = await createEnvironment({ verify });
    const deployment = await announce(place.environment.id);
    const waiting = await waitUntil('it waits for the verification, or is decided', async () => {
      const now = await result(deploymentView({ client, path: { deploymentId: deployment.id } }));
      return (now.gate !== 'pending' || now.gateReason?.includes('verification')) && now;
    });
    expect(waiting.gate).toBe('pending');
    const { gate, gateReason } = await decided(deployment.id);
    expect([gate, gateReason]).toEqual([
      'open',
      'The pre-deploy snapshot is completed, and was restored and compared.',
    ]);
    const path = { environmentId: place.environment.id, snapshotId: deployment.snapshotId! };
    expect((await result(snapshotView({ client, path }))).restorability).toMatchObject({ state: 'proven' });
  });

  it('closes on a snapshot that cannot be restored when the policy is to block', async () => {
    const place = await createEnvironment({ verify, failurePolicy: 'block' });
    await makeUnrestorable(place.database.address);
    const deployment = await announce(place.environment.id);
    const { gate, gateReason } = await decided(deployment.id);
    expect([gate, gateReason]).toEqual(['closed', expect.stringMatching(/no value is right any more.*is block/)]);
    expect((await finish(deployment.id, { outcome: 'succeeded' })).response?.status).toBe(409);
    expect((await finish(deployment.id, { outcome: 'failed' })).data?.status).toBe('failed');
  });

  it('opens on one with a warning when the policy is to continue, and is not rolled back to it', async () => {
    const place = await createEnvironment({ verify, failurePolicy: 'continue' });
    await makeUnrestorable(place.database.address);
    const deployment = await announce(place.environment.id);
    const { gate, gateReason } = await decided(deployment.id);
    expect([gate, gateReason]).toEqual(['open', expect.stringMatching(/^Warning: .*no value is right any more/)]);
    const { response, error } = await finish(deployment.id, { outcome: 'failed', rollbackOnFailure: true });
    expect([response?.status, error?.reasons?.map(({ code }) => code)]).toEqual([409, ['snapshot-refuted']]);
    expect((await finish(deployment.id, { outcome: 'failed' })).data?.status).toBe('failed');
  });
});

describe('a deployment that failed', () => {
  it('is rolled back once, however often it is finished', async () => {
    const place = await createEnvironment();
    const { environment, database, filestorePath } = place;
    const files = await describeTree(filestorePath);
    const deployment = await announce(environment.id);
    await decided(deployment.id);
    await changeBoth(place);
    await query(database.address, 'CREATE TABLE half_migrated (id int)');

    const request = { outcome: 'failed', rollbackOnFailure: true } as const;
    const [first, second] = await Promise.all([finish(deployment.id, request), finish(deployment.id, request)]);
    expect(first.data).toMatchObject({ status: 'failed', rollbackDeploymentId: expect.any(String) });
    expect(second.data).toEqual(first.data);
    const rollbackId = first.data!.rollbackDeploymentId!;
    const log = await endOfRollback(client, environment.id, rollbackId);
    expect(log).toMatchObject({ status: 'completed', snapshotId: deployment.snapshotId });
    expect((await finish(deployment.id, request)).data).toEqual(first.data);
    const { total } = await result(rollbackLogList({ client, path: { environmentId: environment.id } }));
    expect(total).toBe(1);

    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    expect(await describeTree(filestorePath)).toEqual(files);
    const [left] = await query(database.address, `SELECT to_regclass('half_migrated') AS name`);
    expect(left).toEqual({ name: null });
    // Until its safety snapshot is completed.
    await waitUntil('the previous state is gone', async () => (await statesBeside(place)).length === 0);
  });
});
