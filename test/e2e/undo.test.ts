import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentDelete,
  environmentUpdate,
  rollbackUndo,
  settingsUpdate,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { RollbackLog } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { describeTree } from '../harness/compare-trees.js';
import { query } from '../harness/database.js';
import { drawnTests } from '../harness/drawn-tests.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, logOf, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
/** All tests change it and roll it back, one after the other, to the one snapshot. */
let place: TestEnvironment;
let snapshotId: string;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 30 });
  ({ id: snapshotId } = await takeSnapshot(client, place.environment.id));
});

afterAll(async () => {
  const path = { projectId: place.project.id, environmentId: place.environment.id };
  await environmentDelete({ client, path, query: { snapshots: 'delete' } });
  await nothingIsLeft([place]).finally(() => service.stop());
}, 120_000);

/** Changes the environment and rolls it back; the previous state is kept, that of an earlier rollback is removed. */
async function rolledBack(): Promise<RollbackLog> {
  await changeBoth(place);
  const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
  expect(log).toMatchObject({ status: 'completed', warnings: [] });
  return log;
}

async function undo(deploymentId: string): Promise<RollbackLog> {
  const accepted = await result(rollbackUndo({ client, path: { deploymentId } }));
  return endOfRollback(client, place.environment.id, accepted.deploymentId);
}

/** Resolves when so much is beside the environment, and nothing else. */
async function besides(...kept: (string | null)[]): Promise<void> {
  await waitUntil('the older ones are removed', async () => (await statesBeside(place)).length === kept.length);
  expect(await statesBeside(place)).toEqual(kept);
}

/** What an undo is refused with. */
async function refusal(deploymentId: string): Promise<string> {
  const { response, error } = await rollbackUndo({ client, path: { deploymentId } });
  expect([response?.status, error?.code]).toEqual([409, 'undo-unavailable']);
  return error?.detail ?? '';
}

const atOnce = (deploymentId: string) =>
  query(service.database, `UPDATE rollback_logs SET kept_until = now() WHERE deployment_id = '${deploymentId}'`);

describe('an undo', { timeout: 90_000 }, () => {
  const scenario = drawnTests(1, { of: 4 });

  it('brings the state before the rollback back, and another one the restored state', async () => {
    const log = await rolledBack();
    const restored = await describeTree(place.filestorePath);
    expect(await statesBeside(place)).toEqual([log.keptDatabase, log.keptDirectory]);
    const left = Date.parse(log.undoableUntil!) - Date.now();
    expect(left).toBeGreaterThan(29 * 60_000);
    expect(left).toBeLessThanOrEqual(30 * 60_000);

    const back = await undo(log.deploymentId);
    expect(back).toMatchObject({ status: 'completed', undoOf: log.deploymentId, downtimeMs: expect.any(Number) });
    expect(back.steps.map(({ name }) => name)).toEqual(['prepare', 'cutover']);
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    const undone = await logOf(client, place.environment.id, log.deploymentId);
    expect(undone).toMatchObject({ undoneBy: back.deploymentId, undoableUntil: null, keptDatabase: null });
    expect(await refusal(log.deploymentId)).toContain(`${back.deploymentId} has undone it`);

    const forth = await undo(back.deploymentId);
    expect(forth).toMatchObject({ status: 'completed', undoOf: back.deploymentId });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    expect(await describeTree(place.filestorePath)).toEqual(restored);
    expect(await statesBeside(place)).toEqual([forth.keptDatabase, forth.keptDirectory]);
  });

  it('is asked for once with one key', async () => {
    const log = await rolledBack();
    const request = { client, path: { deploymentId: log.deploymentId }, headers: { 'Idempotency-Key': 'undo-it' } };

    const [one, other] = await Promise.all([result(rollbackUndo(request)), result(rollbackUndo(request))]);

    expect(other.deploymentId).toBe(one.deploymentId);
    await endOfRollback(client, place.environment.id, one.deploymentId);
    expect((await result(rollbackUndo(request))).deploymentId).toBe(one.deploymentId);
  });

  scenario('is over when its time is: the previous state is removed, and the log says so', async () => {
    const { deploymentId } = await rolledBack();

    await atOnce(deploymentId);
    expect(await refusal(deploymentId)).toMatch(/was kept until|was given up/);
    const log = await waitUntil('it is removed', async () => {
      const now = await logOf(client, place.environment.id, deploymentId);
      return now.keptDatabase === null && now;
    });

    expect(log).toMatchObject({ keptDirectory: null, undoableUntil: null });
    expect(log.steps.at(-1)).toMatchObject({ name: 'cleanup', detail: expect.stringContaining('time for an undo') });
    await besides();
  });

  scenario('is refused after another rollback, whose previous state takes the place', async () => {
    const { deploymentId } = await rolledBack();
    const newer = await rolledBack();

    expect(await refusal(deploymentId)).toContain(`${newer.deploymentId} has changed the environment since`);
    await besides(newer.keptDatabase, newer.keptDirectory);
    expect(await undo(newer.deploymentId)).toMatchObject({ status: 'completed' });
  });

  scenario('is not kept at all when the settings say so', async () => {
    await rolledBack();
    const path = { environmentId: place.environment.id };
    await result(settingsUpdate({ client, path, body: { undoMinutes: 0 } }));

    const next = await rolledBack();
    await result(settingsUpdate({ client, path, body: { undoMinutes: 30 } }));

    expect(next).toMatchObject({ undoableUntil: null, keptDatabase: null, keptDirectory: null });
    expect(await refusal(next.deploymentId)).toContain('given up');
    await besides();
  });

  it('is refused when the kept state is gone, or somebody else has changed what is live', async () => {
    const one = await rolledBack();
    await query(place.database.admin, `DROP DATABASE "${one.keptDatabase}"`);
    expect(await refusal(one.deploymentId)).toContain('not there any more');

    const other = await rolledBack();
    const { filestorePath } = place;
    await rm(filestorePath, { recursive: true });
    // Perhaps with the same inode, which is free again by now.
    await mkdir(filestorePath);
    await writeFile(join(filestorePath, 'a.txt'), 'somebody else');
    expect(await refusal(other.deploymentId)).toContain('not the one that the rollback put in place');
    expect(await readFile(join(filestorePath, 'a.txt'), 'utf8')).toBe('somebody else');
  });

  scenario('goes with the environment, or with its place', async () => {
    const { deploymentId } = await rolledBack();
    const path = { projectId: place.project.id, environmentId: place.environment.id };

    await result(environmentUpdate({ client, path, body: { filestorePath: null } }));

    expect(await statesBeside(place)).toEqual([]);
    const log = await logOf(client, place.environment.id, deploymentId);
    expect(log.steps.at(-1)?.detail).toContain('got another place');
  });
});
