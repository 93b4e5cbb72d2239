import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentUpdate,
  rollbackCreate,
  rollbackPlan,
  rollbackUndo,
  settingsUpdate,
  snapshotDelete,
  snapshotList,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { EnvironmentCreate } from '../../sdk/typescript/generated/types.gen.js';
import { watchRollback } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import { describeTree } from '../harness/compare-trees.js';
import { checkEvent } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { drawnTests } from '../harness/drawn-tests.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { logOf, rollBack, takeSnapshot } from './outcomes.js';

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

type Options = Parameters<typeof createTestEnvironment>[2];

async function createEnvironment(options: Options = {}): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot, options);
  places.push(place);
  return place;
}

describe('a rollback', () => {
  const scenario = drawnTests(1, { of: 4 });

  it('can be undone: the safety snapshot is the state before it', async () => {
    const place = await createEnvironment();
    const { id } = place.environment;
    const captured = await describeTree(place.filestorePath);
    const good = await takeSnapshot(client, id);
    await changeBoth(place);
    await writeFile(join(place.filestorePath, 'new since'), 'work of people');
    const present = await describeTree(place.filestorePath);

    const first = await rollBack(client, id, { snapshotId: good.id });
    expect(first).toMatchObject({ status: 'completed', safetySnapshotId: expect.any(String), warnings: [] });
    expect(first.steps.map(({ name, status }) => [name, status])).toEqual(
      ['prepare', 'stage-database', 'stage-filestore', 'verify', 'cutover'].map((name) => [name, 'completed']),
    );
    expect(await describeTree(place.filestorePath)).toEqual(captured);
    const undo = await rollbackUndo({ client, path: { deploymentId: first.deploymentId } });
    // Nothing is kept here; test/e2e/undo.test.ts has those that do.
    expect([undo.response?.status, undo.error?.resource?.id]).toEqual([409, first.safetySnapshotId]);
    const safety = await result(
      snapshotView({ client, path: { environmentId: id, snapshotId: first.safetySnapshotId! } }),
    );
    expect(safety).toMatchObject({ trigger: 'safety', status: 'completed', deploymentId: first.deploymentId });

    const redo = await rollBack(client, id, { snapshotId: first.safetySnapshotId! });
    expect(redo.status).toBe('completed');
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    expect(await describeTree(place.filestorePath)).toEqual(present);
    const used = await result(snapshotView({ client, path: { environmentId: id, snapshotId: good.id } }));
    expect(used.rollbackLogs.map(({ deploymentId }) => deploymentId)).toEqual([first.deploymentId]);
  });

  scenario('takes no safety snapshot when it is told not to', async () => {
    const place = await createEnvironment();
    const { id } = place.environment;
    const { id: snapshotId } = await takeSnapshot(client, id);
    await changeBoth(place);
    const body = { snapshotId, createSafetySnapshot: false };
    const plan = await result(rollbackPlan({ client, path: { environmentId: id }, body }));
    expect(plan).toMatchObject({ allowed: true, safetySnapshot: false });
    expect(plan.warnings.map(({ code }) => code)).toContain('no-safety-snapshot');

    const { deploymentId } = await result(rollbackCreate({ client, path: { environmentId: id }, body }));
    const percents: number[] = [];
    for await (const event of watchRollback(client, { deploymentId })) {
      checkEvent('rollbackProgress', event);
      percents.push(event.percent);
    }
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
    const log = await logOf(client, id, deploymentId);
    expect(log).toMatchObject({ status: 'completed', safetySnapshotId: null, keptDatabase: null, keptDirectory: null });
    expect(log.steps.map(({ name }) => name)).toEqual(plan.steps.map(({ name }) => name));
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    const { total } = await result(snapshotList({ client, path: { environmentId: id } }));
    expect(total).toBe(1);
  });

  scenario('says which roles the server does not have any more, and to whom went what they might do', async () => {
    const place = await createEnvironment();
    const { id } = place.environment;
    const gone = `gone_${process.pid}`;
    await query(place.database.admin, `CREATE ROLE ${gone}; GRANT SELECT ON items TO ${gone}`);
    const { id: snapshotId } = await takeSnapshot(client, id);
    await query(place.database.admin, `DROP OWNED BY ${gone}; DROP ROLE ${gone}`);

    const log = await rollBack(client, id, { snapshotId, createSafetySnapshot: false });

    const warning = { code: 'roles-mapped', message: expect.stringContaining(`names: ${gone}.`) };
    expect(log).toMatchObject({ status: 'completed', warnings: [warning] });
  });

  scenario('works on an environment that is a database only', async () => {
    const place = await createEnvironment({ filestorePath: undefined } as Options);
    const { id } = place.environment;
    const snapshot = await takeSnapshot(client, id);
    expect(snapshot).toMatchObject({ databaseBytes: expect.any(Number), filestoreBytes: null, fileCount: null });
    await changeBoth(place);
    expect(await rollBack(client, id, { snapshotId: snapshot.id })).toMatchObject({
      status: 'completed',
      failure: null,
    });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'present' });
  });

  scenario('works on an environment that is a filestore only', async () => {
    const place = await createEnvironment({ database: undefined } as Options);
    const { id } = place.environment;
    const snapshot = await takeSnapshot(client, id);
    expect(snapshot).toMatchObject({ databaseBytes: null, serverVersion: null, fileCount: 3 });
    await changeBoth(place);
    expect(await rollBack(client, id, { snapshotId: snapshot.id })).toMatchObject({
      status: 'completed',
      failure: null,
    });
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'captured' });
  });

  it('refuses to give the other half to an environment that has none', async () => {
    const both = await createEnvironment();
    const filesOnly = await createEnvironment({ project: both.project, database: undefined } as Options);
    const { id: snapshotId } = await takeSnapshot(client, both.environment.id);
    const body = { snapshotId, targetEnvironmentId: filesOnly.environment.id };
    const { error, response } = await rollbackCreate({ client, path: { environmentId: both.environment.id }, body });
    expect(response?.status).toBe(409);
    expect(error?.reasons?.map(({ code }) => code)).toEqual(['target-has-no-database']);
  });
});

describe('a rollback into another environment', () => {
  const scenario = drawnTests(1, { of: 3 });

  /** With something of everybody's in it, captured. */
  let production: TestEnvironment;
  let snapshotId: string;

  beforeAll(async () => {
    production = await createEnvironment();
    const { address, admin } = production.database;
    await query(admin, `DO $$ BEGIN CREATE ROLE reporting; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    await query(
      address,
      `GRANT SELECT ON items TO reporting; CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)`,
    );
    await writeFile(join(production.filestorePath, 'a.txt'), 'of production\n');
    ({ id: snapshotId } = await takeSnapshot(client, production.environment.id));
  });

  const createStaging = (options: Partial<EnvironmentCreate>) =>
    createEnvironment({ ...options, project: production.project, type: 'staging' } as Options);

  const neutralizeSql = `UPDATE items SET name = 'neutral ' || id; DELETE FROM orders WHERE id = 1`;

  it("makes everything the target's own, and neutral before anybody sees it", async () => {
    const staging = await createStaging({ neutralizeSql });
    const body = { snapshotId, targetEnvironmentId: staging.environment.id };
    const path = { environmentId: production.environment.id };
    const plan = await result(rollbackPlan({ client, path, body }));
    expect(plan).toMatchObject({ allowed: true, neutralize: true, targetEnvironmentId: staging.environment.id });
    const { address } = staging.database;
    await query(staging.database.admin, `GRANT CONNECT ON DATABASE ${address.database} TO reporting`);
    const before = await propertiesOf(staging);

    const log = await rollBack(client, production.environment.id, body);
    expect(log).toMatchObject({ status: 'completed', sourceEnvironmentId: production.environment.id });
    expect(log.environmentId).toBe(staging.environment.id);
    const [row] = await query(
      address,
      `SELECT (SELECT count(*)::int FROM items WHERE name LIKE 'neutral %') AS neutral,
              (SELECT count(*)::int FROM orders) AS orders,
              (SELECT string_agg(DISTINCT tableowner::text, ',') FROM pg_tables WHERE schemaname = 'public') AS owners,
              has_table_privilege('reporting', 'items', 'SELECT') AS reporting`,
    );
    expect(row).toEqual({ neutral: 100, orders: 0, owners: address.user, reporting: false });
    expect(await propertiesOf(staging)).toEqual(before);
    expect(await readFile(join(staging.filestorePath, 'a.txt'), 'utf8')).toBe('of production\n');
    // The safety snapshot is the target's, and so is the way back.
    const safety = { environmentId: staging.environment.id, snapshotId: log.safetySnapshotId! };
    expect(await result(snapshotView({ client, path: safety }))).toMatchObject({
      trigger: 'safety',
      status: 'completed',
    });
    // Production is as it was.
    const [untouched] = await query(
      production.database.address,
      `SELECT count(*)::int AS n FROM items WHERE name LIKE 'item %'`,
    );
    expect(untouched).toEqual({ n: 100 });
  });

  it('makes files neutral before anybody sees them, and does not need those that are left out', async () => {
    const staging = await createStaging({
      neutralizeSql,
      neutralizePaths: [
        { paths: ['sub/'], action: 'remove' },
        { paths: ['a.txt'], action: 'replace', content: 'somebody' },
      ],
    });
    const body = { snapshotId, targetEnvironmentId: staging.environment.id, createSafetySnapshot: false };
    const verifyRestored = { verifyRestored: 'all' as const };
    await result(settingsUpdate({ client, path: { environmentId: staging.environment.id }, body: verifyRestored }));
    const log = await rollBack(client, production.environment.id, body);
    expect(log).toMatchObject({ status: 'completed', warnings: [] });
    expect(log.steps.find(({ name }) => name === 'verify')?.detail).toContain(
      'To neutralise them, 1 files were left out, and 1 given another content.',
    );
    const files = await readdir(staging.filestorePath, { recursive: true });
    expect(files).not.toContain('sub');
    expect(await readFile(join(staging.filestorePath, 'a.txt'), 'utf8')).toBe('somebody');
  });

  scenario('fails, with the target as it was, when the SQL that should neutralise does not work', async () => {
    const staging = await createStaging({ neutralizeSql: 'UPDATE no_such_table SET x = 1' });
    await changeBoth(staging);
    const body = { snapshotId, targetEnvironmentId: staging.environment.id, createSafetySnapshot: false };
    const log = await rollBack(client, production.environment.id, body);
    expect(log.status).toBe('failed');
    expect(log.failure?.message).toContain('relation "no_such_table" does not exist');
    expect(await stateOf(staging)).toEqual({ rows: 'present', files: 'present' });
  });

  scenario(
    'is refused from production without any SQL to neutralise it, unless the environment allows it',
    async () => {
      const staging = await createStaging({});
      const path = { environmentId: production.environment.id };
      const body = { snapshotId, targetEnvironmentId: staging.environment.id, createSafetySnapshot: false };
      const refused = await rollbackCreate({ client, path, body });
      expect([refused.response?.status, refused.error?.code]).toEqual([409, 'rollback-refused']);
      expect(refused.error?.reasons?.map(({ code }) => code)).toEqual([
        'neutralize-required',
        'neutralize-paths-required',
      ]);

      const target = { projectId: staging.project.id, environmentId: staging.environment.id };
      await result(environmentUpdate({ client, path: target, body: { allowUnneutralized: true } }));
      expect(await rollBack(client, production.environment.id, body)).toMatchObject({ status: 'completed' });
      const [row] = await query(
        staging.database.address,
        `SELECT count(*)::int AS n FROM items WHERE name LIKE 'item %'`,
      );
      expect(row).toEqual({ n: 100 });
    },
  );

  scenario('keeps the snapshot it reads from being deleted', async () => {
    const staging = await createStaging({ neutralizeSql: 'SELECT pg_sleep(1)' });
    const path = { environmentId: production.environment.id };
    const body = { snapshotId, targetEnvironmentId: staging.environment.id, createSafetySnapshot: false };
    const { deploymentId } = await result(rollbackCreate({ client, path, body }));
    const refused = await snapshotDelete({ client, path: { ...path, snapshotId } });
    expect([refused.response?.status, refused.error?.code]).toEqual([409, 'snapshot-in-use']);
    const second = await rollbackCreate({ client, path, body });
    expect([second.response?.status, second.error?.resource?.id]).toEqual([409, deploymentId]);
    for await (const event of watchRollback(client, { deploymentId })) void event;
    expect((await snapshotDelete({ client, path: { ...path, snapshotId } })).response?.status).toBe(204);
  });
});

/** What belongs to the database itself and not to its content. */
async function propertiesOf({ database }: TestEnvironment): Promise<Record<string, unknown>> {
  const [row] = await query(
    database.admin,
    `SELECT pg_get_userbyid(datdba)::text AS owner, datacl::text AS acl, datconnlimit, datallowconn, encoding, datcollate
       FROM pg_database WHERE datname = '${database.address.database}'`,
  );
  return row!;
}
