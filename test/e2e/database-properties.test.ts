import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentDelete,
  rollbackPlan,
  rollbackUndo,
  settingsUpdate,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { RollbackPlan } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { withConnection } from '../../src/engine/postgres/connection/connect.js';
import { type DatabaseProperties, readProperties } from '../../src/engine/postgres/properties/database-properties.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { endOfRollback, rollBack, takeSnapshot } from './outcomes.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService({ ROLLBACK_CONCURRENCY: '2' });
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

type Options = Parameters<typeof createTestEnvironment>[2];

async function createEnvironment(options: Options = {}): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 30, ...options });
  places.push(place);
  return place;
}

const nameOf = ({ database }: TestEnvironment) => `"${database.address.database}"`;

function propertiesOf({ database }: TestEnvironment): Promise<DatabaseProperties> {
  return withConnection(database.admin, {}, async (client) => {
    const { rows } = await client.query<{ oid: number }>(
      'SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()',
    );
    return readProperties(client, rows[0]!.oid);
  });
}

const asCaptured = {
  settings: [
    { role: null, name: 'work_mem', value: '8MB' },
    { role: null, name: 'search_path', value: '"$user", public' },
  ],
  comment: 'the shop',
  connectionLimit: 50,
};

/** As its role made it, and captured. */
async function createCaptured(options: Options = {}): Promise<TestEnvironment & { snapshotId: string }> {
  const place = await createEnvironment(options);
  await query(
    place.database.address,
    `ALTER DATABASE ${nameOf(place)} SET work_mem = '8MB';
     ALTER DATABASE ${nameOf(place)} SET search_path = "$user", public;
     ALTER DATABASE ${nameOf(place)} CONNECTION LIMIT 50;
     COMMENT ON DATABASE ${nameOf(place)} IS 'the shop'`,
  );
  const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
  return { ...place, snapshotId };
}

/** What a deployment did; resolves to all there is to the database itself afterwards. */
async function deploy(place: TestEnvironment): Promise<DatabaseProperties> {
  await query(
    place.database.address,
    `ALTER DATABASE ${nameOf(place)} SET work_mem = '1GB';
     ALTER DATABASE ${nameOf(place)} RESET search_path;
     ALTER ROLE "${place.database.address.user}" IN DATABASE ${nameOf(place)} SET statement_timeout = '5s';
     ALTER DATABASE ${nameOf(place)} CONNECTION LIMIT 3;
     COMMENT ON DATABASE ${nameOf(place)} IS NULL;
     REVOKE CONNECT ON DATABASE ${nameOf(place)} FROM PUBLIC;
     GRANT CONNECT ON DATABASE ${nameOf(place)} TO postgres`,
  );
  return propertiesOf(place);
}

function planOf(place: TestEnvironment, snapshotId: string): Promise<RollbackPlan> {
  return result(rollbackPlan({ client, path: { environmentId: place.environment.id }, body: { snapshotId } }));
}

const codes = ({ warnings }: Pick<RollbackPlan, 'warnings'>) => warnings.map(({ code }) => code);
const inOrder = ({ settings, ...rest }: DatabaseProperties) => ({
  ...rest,
  settings: settings.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
});

describe('what belongs to the database itself', { timeout: 120_000 }, () => {
  it('comes back as captured, but for who may enter; the plan says so; an undo gives the changed one back', async () => {
    const place = await createCaptured();
    const { id: environmentId } = place.environment;
    const changed = await deploy(place);

    const plan = await planOf(place, place.snapshotId);
    expect(plan.allowed).toBe(true);
    const { user } = place.database.address;
    const shown = { shown: true };
    const setting = { property: 'setting', role: null, ...shown };
    expect(plan.databaseChanges).toEqual([
      { ...setting, setting: 'search_path', from: null, to: '"$user", public' },
      { ...setting, setting: 'work_mem', from: '1GB', to: '8MB' },
      { ...setting, setting: 'statement_timeout', role: user, from: '5s', to: null },
      { property: 'comment', setting: null, role: null, from: null, to: 'the shop', ...shown },
      { property: 'connectionLimit', setting: null, role: null, from: '3', to: '50', ...shown },
    ]);
    expect(plan.warnings).toContainEqual({
      code: 'database-privileges-stay',
      message: expect.stringMatching(/kept: CONNECT to postgres.*not given back: CONNECT to everybody/),
    });

    const log = await rollBack(client, environmentId, { snapshotId: place.snapshotId, createSafetySnapshot: false });
    expect(log).toMatchObject({ status: 'completed', warnings: [] });
    const { owner, privileges } = changed;
    expect(inOrder(await propertiesOf(place))).toEqual(inOrder({ ...asCaptured, owner, privileges }));

    const { deploymentId } = await result(rollbackUndo({ client, path: { deploymentId: log.deploymentId } }));
    expect((await endOfRollback(client, environmentId, deploymentId)).status).toBe('completed');
    expect(inOrder(await propertiesOf(place))).toEqual(inOrder(changed));
  });

  it('stays as it is where the environment’s settings say so, also through an undo; where the role could not keep it, the rollback is refused', async () => {
    const place = await createCaptured();
    const { id: environmentId } = place.environment;
    await result(settingsUpdate({ client, path: { environmentId }, body: { databaseProperties: 'live' } }));
    const changed = await deploy(place);

    expect((await planOf(place, place.snapshotId)).databaseChanges).toEqual([]);
    const log = await rollBack(client, environmentId, { snapshotId: place.snapshotId, createSafetySnapshot: false });

    expect(log.status).toBe('completed');
    expect(inOrder(await propertiesOf(place))).toEqual(inOrder(changed));
    await query(place.database.address, `ALTER DATABASE ${nameOf(place)} SET work_mem = '2GB'`);
    const { deploymentId } = await result(rollbackUndo({ client, path: { deploymentId: log.deploymentId } }));
    expect((await endOfRollback(client, environmentId, deploymentId)).status).toBe('completed');
    expect((await propertiesOf(place)).settings).toContainEqual({ role: null, name: 'work_mem', value: '2GB' });

    // Unless the role could not keep it.
    await query(place.database.admin, `ALTER DATABASE ${nameOf(place)} SET log_min_duration_statement = 100`);
    const { allowed, refusals } = await planOf(place, place.snapshotId);
    expect([allowed, refusals.map(({ code }) => code)]).toEqual([false, ['settings-privilege-missing']]);
  });

  it('is the target’s where data goes into another environment', async () => {
    const place = await createCaptured();
    const target = await createEnvironment({ project: place.project, type: 'staging', allowUnneutralized: true });
    const before = await propertiesOf(target);
    const { id: targetEnvironmentId } = target.environment;

    const path = { environmentId: place.environment.id };
    const body = { snapshotId: place.snapshotId, targetEnvironmentId, createSafetySnapshot: false };
    expect((await result(rollbackPlan({ client, path, body }))).databaseChanges).toEqual([]);
    expect((await rollBack(client, place.environment.id, body)).status).toBe('completed');

    expect(await propertiesOf(target)).toEqual(before);
  });

  it('is given back without what the role may not set, which plan and log name, and no secret is told', async () => {
    const place = await createEnvironment();
    await query(
      place.database.admin,
      `ALTER DATABASE ${nameOf(place)} SET app.secret = 'hunter2';
       ALTER DATABASE ${nameOf(place)} SET log_min_duration_statement = 100;
       ALTER DATABASE ${nameOf(place)} SET work_mem = '8MB'`,
    );
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    await query(place.database.admin, `ALTER DATABASE ${nameOf(place)} SET app.secret = 'hunter3'`);

    const plan = await planOf(place, snapshotId);
    expect([plan.allowed, codes(plan)]).toEqual([true, expect.arrayContaining(['settings-left-out'])]);
    expect(plan.databaseChanges).toEqual([
      { property: 'setting', setting: 'app.secret', role: null, from: null, to: null, shown: false },
      { property: 'setting', setting: 'log_min_duration_statement', role: null, from: '100', to: null, shown: true },
    ]);
    const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });

    expect(log.warnings).toEqual([
      { code: 'settings-left-out', message: expect.stringMatching(/app\.secret: .*log_min_duration_statement: /) },
    ]);
    expect((await propertiesOf(place)).settings).toEqual([{ role: null, name: 'work_mem', value: '8MB' }]);
    const rows = await query(service.database, `SELECT s::text AS row FROM snapshots s WHERE id = '${snapshotId}'`);
    expect(JSON.stringify([plan, log, rows])).not.toMatch(/hunter/);
  });
});
