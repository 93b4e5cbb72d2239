import { mkdir, rename } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentUpdate,
  rollbackCreate,
  rollbackLogList,
  rollbackPlan,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { Problem, RollbackPlan, RollbackRequest } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, rollBack, takeSnapshot } from './outcomes.js';

/** A pool whose workers do not exist, and which the service cannot reach. */
const FAR = 'far';

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

/** An environment that has been changed since its snapshot. */
async function createChanged(): Promise<TestEnvironment & { snapshotId: string }> {
  const place = await createTestEnvironment(client, service.filestoreRoot);
  places.push(place);
  const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
  await changeBoth(place);
  return { ...place, snapshotId };
}

function plan({ environment: { id } }: TestEnvironment, body: RollbackRequest): Promise<RollbackPlan> {
  return result(rollbackPlan({ client, path: { environmentId: id }, body }));
}

/** Asks for a rollback that must be refused; nothing is touched by it. */
async function refusalOf(place: TestEnvironment, body: RollbackRequest): Promise<Problem> {
  const path = { environmentId: place.environment.id };
  const before = await result(rollbackLogList({ client, path }));
  const { error } = await rollbackCreate({ client, path, body });
  expect(await result(rollbackLogList({ client, path }))).toMatchObject({ total: before.total });
  expect(await statesBeside(place)).toEqual([]);
  return error!;
}

function moveTo(pool: string, { project, environment }: TestEnvironment): Promise<unknown> {
  const path = { projectId: project.id, environmentId: environment.id };
  return result(environmentUpdate({ client, path, query: { check: false }, body: { pool } }));
}

describe('a rollback with the token of its plan', { timeout: 120_000 }, () => {
  it('is done when nothing has changed, and refused when another rollback came in between', async () => {
    const { snapshotId, ...place } = await createChanged();
    const body = { snapshotId, createSafetySnapshot: false };
    const { planToken, allowed } = await plan(place, body);
    expect(allowed).toBe(true);
    expect(await rollBack(client, place.environment.id, { ...body, planToken })).toMatchObject({ status: 'completed' });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });

    await changeBoth(place);
    expect(await refusalOf(place, { ...body, planToken })).toMatchObject({
      status: 409,
      code: 'plan-changed',
      reasons: [{ code: 'database-changed' }, { code: 'filestore-changed' }],
    });
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    const { planToken: next } = await plan(place, { ...body, planToken });
    expect(next).not.toBe(planToken);
    expect(await rollBack(client, place.environment.id, { ...body, planToken: next })).toMatchObject({
      status: 'completed',
    });
  });

  it('is refused when another property of the database would change than was shown', async () => {
    const { snapshotId, ...place } = await createChanged();
    const { planToken } = await plan(place, { snapshotId });
    const { admin, address } = place.database;
    const name = `"${address.database}"`;
    await query(address, `ALTER DATABASE ${name} SET work_mem = '8MB'`);
    expect(await refusalOf(place, { snapshotId, planToken })).toMatchObject({
      code: 'plan-changed',
      reasons: [{ code: 'database-changes-changed' }],
    });
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });

    // What the plan does not show is not in its token either.
    await query(admin, `ALTER DATABASE ${name} SET app.secret = 'one'`);
    const shown = await plan(place, { snapshotId });
    expect(shown.databaseChanges).toContainEqual(expect.objectContaining({ setting: 'app.secret', shown: false }));
    await query(admin, `ALTER DATABASE ${name} SET app.secret = 'another'`);
    expect((await plan(place, { snapshotId })).planToken).toBe(shown.planToken);
  });

  it('is refused when it is another rollback that is asked for', async () => {
    const { snapshotId, ...place } = await createChanged();
    const { planToken } = await plan(place, { snapshotId, createSafetySnapshot: false });
    const { id: another } = await takeSnapshot(client, place.environment.id);
    expect(await refusalOf(place, { snapshotId, planToken })).toMatchObject({
      code: 'plan-changed',
      detail: expect.stringContaining('takes no safety snapshot'),
      reasons: [{ code: 'safety-snapshot-changed' }],
    });
    const ofAnother = { snapshotId: another, createSafetySnapshot: false, planToken };
    expect(await refusalOf(place, ofAnother)).toMatchObject({ reasons: [{ code: 'snapshot-changed' }] });
  });

  it('is refused by its field when the token is none, and a plan passes it over', async () => {
    const { snapshotId, ...place } = await createChanged();
    const planToken = 'no-plan-has-said-this';
    expect(await refusalOf(place, { snapshotId, planToken })).toMatchObject({
      status: 422,
      code: 'validation-failed',
      errors: [{ field: 'planToken' }],
    });
    expect(await plan(place, { snapshotId, planToken })).toMatchObject({ allowed: true });
  });
});

describe('where the process that accepts it cannot look', { timeout: 120_000 }, () => {
  it('the worker holds what the plan has promised against what it finds', async () => {
    const { snapshotId, ...place } = await createChanged();
    const body = { snapshotId, createSafetySnapshot: false };
    const { planToken } = await plan(place, body);
    await rename(place.filestorePath, `${place.filestorePath}-before`);
    await mkdir(place.filestorePath);

    await moveTo(FAR, place);
    const path = { environmentId: place.environment.id };
    const { deploymentId } = await result(rollbackCreate({ client, path, body: { ...body, planToken } }));
    await moveTo('default', place);
    const log = await endOfRollback(client, place.environment.id, deploymentId);
    expect(log).toMatchObject({ status: 'failed', failure: { code: 'rollback-refused' }, keptDatabase: null });
    expect(log.failure?.message).toContain('is another one than before since the rollback was planned');
    expect(await stateOf(place)).toMatchObject({ rows: 'present' });
  });

  it('a plan says that nobody has looked, and its rollback is done by whoever can', async () => {
    const { snapshotId, ...place } = await createChanged();
    const body = { snapshotId, createSafetySnapshot: false };
    await moveTo(FAR, place);
    const { planToken, ...planned } = await plan(place, body);
    expect(planned).toMatchObject({ allowed: true, database: null, filestore: null, databaseChanges: [] });
    expect(planned.warnings).toContainEqual({ code: 'pool-unreachable', message: expect.stringContaining(FAR) });

    const path = { environmentId: place.environment.id };
    const { deploymentId } = await result(rollbackCreate({ client, path, body: { ...body, planToken } }));
    const [log] = await query(service.database, 'SELECT planned FROM rollback_logs WHERE deployment_id = $1', [
      deploymentId,
    ]);
    expect(log).toEqual({ planned: null });
    await moveTo('default', place);
    expect(await endOfRollback(client, place.environment.id, deploymentId)).toMatchObject({ status: 'completed' });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });
});
