import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentCreate,
  environmentUpdate,
  environmentView,
  rollbackPlan,
  rollbackUndo,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment, type TestEnvironment } from '../harness/sample-environment.js';
import { startTestService, type TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, rollBack, takeSnapshot } from './outcomes.js';

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

const EXCLUDE = { rowsOf: ['sessions'], paths: ['tmp/'] };

async function createEnvironment(options: Parameters<typeof createTestEnvironment>[2] = {}): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot, { exclude: EXCLUDE, ...options });
  await query(place.database.address, 'CREATE TABLE sessions (id serial PRIMARY KEY, who text)');
  await logIn(place, 'then');
  return place;
}

/** The only session there is, in a row and in a file. */
async function logIn({ database, filestorePath }: TestEnvironment, who: string): Promise<void> {
  await query(database.address, `DELETE FROM sessions; INSERT INTO sessions (who) VALUES ('${who}')`);
  await mkdir(join(filestorePath, 'tmp'), { recursive: true });
  await writeFile(join(filestorePath, 'tmp', 'session'), who);
}

async function loggedIn({ database, filestorePath }: TestEnvironment) {
  const rows = await query<{ who: string }>(database.address, 'SELECT who FROM sessions');
  return { rows: rows.map(({ who }) => who), file: await readFile(join(filestorePath, 'tmp', 'session'), 'utf8') };
}

describe('what an environment leaves out of its snapshots', () => {
  it('stays as it is live through a rollback and through its undo, and the plan says so', async () => {
    const place = await createEnvironment({ undoMinutes: 30 });
    const { id } = place.environment;
    const { id: snapshotId, leftOut } = await takeSnapshot(client, id);
    expect(leftOut).toMatchObject({
      rules: { ...EXCLUDE, tables: [] },
      rowsOf: [{ schema: 'public', name: 'sessions' }],
      directoryCount: 1,
    });
    await changeBoth(place);
    await logIn(place, 'now');
    const body = { snapshotId, createSafetySnapshot: false };
    const plan = await result(rollbackPlan({ client, path: { environmentId: id }, body }));
    expect(plan).toMatchObject({ allowed: true, leftOut: { rowsOfCount: 1 } });
    expect(plan.steps.find(({ name }) => name === 'keep-live')?.description).toMatch(/rows of public\.sessions.*tmp\//);

    const log = await rollBack(client, id, body);
    expect(log).toMatchObject({ status: 'completed', warnings: [] });
    expect(log.steps.map(({ name }) => name)).toEqual(
      plan.steps.map(({ name }) => name).filter((name) => name !== 'cleanup'),
    );
    expect(log.steps.find(({ name }) => name === 'keep-live')?.detail).toMatch(/1 rows of public\.sessions.*1 files/);
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    expect(await loggedIn(place)).toEqual({ rows: ['now'], file: 'now' });

    await logIn(place, 'later');
    const { deploymentId } = await result(rollbackUndo({ client, path: { deploymentId: log.deploymentId } }));
    expect(await endOfRollback(client, id, deploymentId)).toMatchObject({ status: 'completed' });
    // All of before the rollback is back.
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    expect(await loggedIn(place)).toEqual({ rows: ['now'], file: 'now' });
    await result(
      environmentUpdate({
        client,
        path: { projectId: place.project.id, environmentId: id },
        body: { exclude: null, labels: {} },
      }),
    );
    const whole = await takeSnapshot(client, id);
    expect(whole.leftOut).toBeNull();
    await logIn(place, 'last');
    await rollBack(client, id, { snapshotId: whole.id, createSafetySnapshot: false });
    expect(await loggedIn(place)).toEqual({ rows: ['now'], file: 'now' });
    await rm(join(place.filestorePath, 'tmp'), { recursive: true });
  });

  it('is the target’s when another environment is rolled back to the snapshot', async () => {
    const source = await createEnvironment();
    const { project } = source;
    places.push(source);
    const target = await createEnvironment({
      ...{ project, type: 'staging', exclude: {} },
      neutralizeSql: `UPDATE items SET name = 'somebody'; UPDATE sessions SET who = 'nobody'`,
    });
    places.push(target);
    await logIn(target, 'tester');
    const { id: snapshotId } = await takeSnapshot(client, source.environment.id);
    const log = await rollBack(client, source.environment.id, {
      snapshotId,
      targetEnvironmentId: target.environment.id,
      createSafetySnapshot: false,
    });
    expect(log).toMatchObject({ status: 'completed' });
    expect(await loggedIn(target)).toEqual({ rows: ['tester'], file: 'tester' });
    expect(await query(target.database.address, 'SELECT DISTINCT name FROM items')).toEqual([{ name: 'somebody' }]);
  });

  it('is refused where nothing would be left to capture, or a pattern is none', async () => {
    const place = await createEnvironment();
    places.push(place);
    const { environment, project } = place;
    const path = { projectId: project.id, environmentId: environment.id };
    const refused = await environmentUpdate({
      ...{ client, path },
      body: { exclude: { tables: ['a.b.c'], rowsOf: ['*'], paths: ['**', '#'] } },
    });
    expect(refused.response?.status).toBe(422);
    expect(refused.error?.errors?.map(({ field }) => field)).toEqual([
      'exclude.tables.0',
      'exclude.rowsOf',
      'exclude.paths.1',
      'exclude.paths',
    ]);
    expect(await result(environmentView({ client, path }))).toMatchObject({
      exclude: { ...EXCLUDE, tables: [] },
      onUnreadableFile: 'fail',
    });
    const body = {
      name: 'other',
      type: 'staging' as const,
      filestorePath: place.filestorePath,
      exclude: { paths: ['/*'] },
    };
    expect((await environmentCreate({ client, path: { projectId: project.id }, body })).response?.status).toBe(422);
  });
});
