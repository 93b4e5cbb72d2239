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
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService({ ROLLBACK_CONCURRENCY: '4' });
  client = service.client();
});

afterAll(async () => {
  await Promise.all(
    places.map(({ project, environment }) => {
      const path = { projectId: project.id, environmentId: environment.id };
      return environmentDelete({ client, path, query: { snapshots: 'delete' } });
    }),
  );
  await nothingIsLeft(places).finally(() => service.stop());
}, 120_000);

/** An environment that was changed and rolled back, with the previous state kept. */
async function createRolledBack(): Promise<TestEnvironment & { log: RollbackLog }> {
  const place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 30 });
  places.push(place);
  const { id } = place.environment;
  const { id: snapshotId } = await takeSnapshot(client, id);
  await changeBoth(place);
  const log = await rollBack(client, id, { snapshotId, createSafetySnapshot: false });
  expect(log).toMatchObject({ status: 'completed', warnings: [] });
  return { ...place, log };
}

async function undo({ environment }: TestEnvironment, deploymentId: string): Promise<RollbackLog> {
  const accepted = await result(rollbackUndo({ client, path: { deploymentId } }));
  return endOfRollback(client, environment.id, accepted.deploymentId);
}

/** What an undo is refused with. */
async function refusal(deploymentId: string): Promise<string> {
  const { response, error } = await rollbackUndo({ client, path: { deploymentId } });
  expect([response?.status, error?.code]).toEqual([409, 'undo-unavailable']);
  return error?.detail ?? '';
}

const atOnce = (deploymentId: string) =>
  query(service.database, `UPDATE rollback_logs SET kept_until = now() WHERE deployment_id = '${deploymentId}'`);

describe.concurrent('an undo', { timeout: 90_000 }, () => {
  it('brings the state before the rollback back, and another one the restored state', async () => {
    const place = await createRolledBack();
    const { log } = place;
    const restored = await describeTree(place.filestorePath);
    expect(await statesBeside(place)).toEqual([log.keptDatabase, log.keptDirectory]);
    const left = Date.parse(log.undoableUntil!) - Date.now();
    expect(left).toBeGreaterThan(29 * 60_000);
    expect(left).toBeLessThanOrEqual(30 * 60_000);

    const back = await undo(place, log.deploymentId);
    expect(back).toMatchObject({ status: 'completed', undoOf: log.deploymentId, downtimeMs: expect.any(Number) });
    expect(back.steps.map(({ name }) => name)).toEqual(['prepare', 'cutover']);
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    const undone = await logOf(client, place.environment.id, log.deploymentId);
    expect(undone).toMatchObject({ undoneBy: back.deploymentId, undoableUntil: null, keptDatabase: null });
    expect(await refusal(log.deploymentId)).toContain(`${back.deploymentId} has undone it`);

    const forth = await undo(place, back.deploymentId);
    expect(forth).toMatchObject({ status: 'completed', undoOf: back.deploymentId });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    expect(await describeTree(place.filestorePath)).toEqual(restored);
    expect(await statesBeside(place)).toEqual([forth.keptDatabase, forth.keptDirectory]);
  });

  it('is asked for once with one key', async () => {
    const { log, environment } = await createRolledBack();
    const request = { client, path: { deploymentId: log.deploymentId }, headers: { 'Idempotency-Key': 'undo-it' } };

    const [one, other] = await Promise.all([result(rollbackUndo(request)), result(rollbackUndo(request))]);

    expect(other.deploymentId).toBe(one.deploymentId);
    await endOfRollback(client, environment.id, one.deploymentId);
    expect((await result(rollbackUndo(request))).deploymentId).toBe(one.deploymentId);
  });

  it('is over when its time is: the previous state is removed, and the log says so', async () => {
    const place = await createRolledBack();
    const { deploymentId } = place.log;

    await atOnce(deploymentId);
    expect(await refusal(deploymentId)).toMatch(/was kept until|was given up/);
    const log = await waitUntil(
      'it is removed',
      async () => {
        const now = await logOf(client, place.environment.id, deploymentId);
        return now.keptDatabase === null && now;
      },
      { seconds: 15 },
    );

    expect(log).toMatchObject({ keptDirectory: null, undoableUntil: null });
    expect(log.steps.at(-1)).toMatchObject({ name: 'cleanup', detail: expect.stringContaining('time for an undo') });
    expect(await statesBeside(place)).toEqual([]);
  });

  it('is refused after another rollback, whose previous state takes the place', async () => {
    const place = await createRolledBack();
    const { snapshotId, deploymentId } = place.log;
    const newer = await rollBack(client, place.environment.id, {
      snapshotId: snapshotId!,
      createSafetySnapshot: false,
    });

    expect(await refusal(deploymentId)).toContain(`${newer.deploymentId} has changed the environment since`);
    await waitUntil('the older one is removed', async () => (await statesBeside(place)).length === 2, { seconds: 15 });
    expect(await statesBeside(place)).toEqual([newer.keptDatabase, newer.keptDirectory]);
    expect(await undo(place, newer.deploymentId)).toMatchObject({ status: 'completed' });
  });

  it('is refused when the kept state is gone, or somebody else has changed what is live', async () => {
    const [one, other] = await Promise.all([createRolledBack(), createRolledBack()]);
    await query(one.database.admin, `DROP DATABASE "${one.log.keptDatabase}"`);
    expect(await refusal(one.log.deploymentId)).toContain('not there any more');

    const { filestorePath } = other;
    await rm(filestorePath, { recursive: true });
    // Perhaps with the same inode, which is free again by now.
    await mkdir(filestorePath);
    await writeFile(join(filestorePath, 'a.txt'), 'somebody else');
    expect(await refusal(other.log.deploymentId)).toContain('not the one that the rollback put in place');
    expect(await readFile(join(filestorePath, 'a.txt'), 'utf8')).toBe('somebody else');
  });

  it('is not kept at all when the settings say so', async () => {
    const place = await createRolledBack();
    const { environment, log } = place;
    await result(settingsUpdate({ client, path: { environmentId: environment.id }, body: { undoMinutes: 0 } }));

    const next = await rollBack(client, environment.id, { snapshotId: log.snapshotId!, createSafetySnapshot: false });

    expect(next).toMatchObject({ undoableUntil: null, keptDatabase: null, keptDirectory: null });
    expect(await refusal(next.deploymentId)).toContain('given up');
    await waitUntil('nothing is kept', async () => (await statesBeside(place)).length === 0, { seconds: 15 });
  });

  it('goes with the environment, or with its place', async () => {
    const place = await createRolledBack();
    const path = { projectId: place.project.id, environmentId: place.environment.id };

    await result(environmentUpdate({ client, path, body: { filestorePath: null } }));

    expect(await statesBeside(place)).toEqual([]);
    const log = await logOf(client, place.environment.id, place.log.deploymentId);
    expect(log.steps.at(-1)?.detail).toContain('got another place');
  });
});
