import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentCheck,
  environmentUpdate,
  rollbackPlan,
  snapshotCreate,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { EnvironmentCheck, EnvironmentUpdate } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { endOfSnapshot, takeSnapshot } from './outcomes.js';

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

async function createEnvironment(options?: Parameters<typeof createTestEnvironment>[2]): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot, options);
  places.push(place);
  return place;
}

const pathOf = ({ project, environment }: TestEnvironment) => ({
  projectId: project.id,
  environmentId: environment.id,
});

function check(place: TestEnvironment): Promise<EnvironmentCheck> {
  return result(environmentCheck({ client, path: pathOf(place) }));
}

/** As somebody may say who knows that it cannot be reached at the moment. */
function change(place: TestEnvironment, body: EnvironmentUpdate): Promise<unknown> {
  return result(environmentUpdate({ client, path: pathOf(place), query: { check: false }, body }));
}

const codesOf = ({ refusals }: EnvironmentCheck) => refusals.map(({ code }) => code);

describe('the check of an environment', { timeout: 60_000 }, () => {
  it('finds nothing in the way of a good one, and leaves nothing behind', async () => {
    const place = await createEnvironment();
    const { address } = place.database;
    const found = await check(place);
    expect(found).toMatchObject({
      environmentId: place.environment.id,
      usable: true,
      rollbackReady: true,
      refusals: [],
      database: { name: address.database, owner: address.user },
      filestore: { path: place.filestorePath },
    });
    expect(found.filestore!.freeBytes).toBeGreaterThan(found.filestore!.requiredBytes);

    // What it promises is what a plan says then.
    const path = { environmentId: place.environment.id };
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    const plan = await result(rollbackPlan({ client, path, body: { snapshotId } }));
    expect(plan.allowed).toBe(true);
    expect(plan.filestore?.requiredBytes).toBe(found.filestore!.requiredBytes);
  });

  it('says what the role lacks for a rollback, as a plan would, before there is a snapshot', async () => {
    const place = await createEnvironment();
    const { address, admin } = place.database;
    await query(admin, `ALTER ROLE "${address.user}" NOCREATEDB`);
    expect(await check(place)).toMatchObject({
      usable: true,
      rollbackReady: false,
      refusals: [{ code: 'createdb-missing', message: expect.stringContaining('CREATEDB') }],
    });
    await query(inject('postgres'), `ALTER DATABASE "${address.database}" OWNER TO "${admin.user}"`);
    expect(codesOf(await check(place))).toEqual(['createdb-missing', 'owner-membership-missing']);
    await query(inject('postgres'), `ALTER DATABASE "${address.database}" OWNER TO "${address.user}"`);
    await query(admin, `ALTER ROLE "${address.user}" CREATEDB`);
    expect(await check(place)).toMatchObject({ rollbackReady: true });
  });

  it('names what the role may not read, for which a snapshot fails', async () => {
    const place = await createEnvironment();
    await query(place.database.admin, 'CREATE TABLE salaries (amount int)');
    const found = await check(place);
    expect(found).toMatchObject({ usable: false, rollbackReady: false });
    expect(found.refusals[0]).toMatchObject({
      code: 'database-permission-denied',
      message: expect.stringContaining('the table "public"."salaries"'),
    });
    const path = { environmentId: place.environment.id };
    const { id: snapshotId } = await result(snapshotCreate({ client, path, body: {} }));
    expect(await endOfSnapshot(client, { ...path, snapshotId })).toMatchObject({
      status: 'failed',
      failure: { code: 'database-permission-denied' },
    });
    await query(place.database.admin, `GRANT SELECT ON salaries TO "${place.database.address.user}"`);
    expect(await check(place)).toMatchObject({ usable: true });
  });

  it('tells of a database that is away, and of the directory all the same', async () => {
    const place = await createEnvironment();
    const { host, database, user, password } = place.database.address;
    const port = await freePort();
    await change(place, { database: { kind: 'connection', host, port, database, user, password } });
    expect(await check(place)).toMatchObject({
      usable: false,
      rollbackReady: false,
      database: null,
      filestore: { path: place.filestorePath },
      refusals: [{ code: 'database-unreachable', message: expect.stringContaining(String(port)) }],
    });
  });

  it('tells of a directory that is gone, and of the database all the same', async () => {
    const place = await createEnvironment();
    await rename(place.filestorePath, `${place.filestorePath}-moved`);
    expect(await check(place)).toMatchObject({
      usable: false,
      rollbackReady: false,
      database: { name: place.database.address.database },
      filestore: null,
      refusals: [{ code: 'filestore-missing' }],
    });
    await rename(`${place.filestorePath}-moved`, place.filestorePath);
  });

  it('tells of a place that another environment has, too', async () => {
    const place = await createEnvironment();
    const twin = await createEnvironment({ project: place.project });
    const copy = `UPDATE environments t SET database = f.database, filestore_path = f.filestore_path FROM environments f`;
    await query(service.database, `${copy} WHERE f.id = $1 AND t.id = $2`, [place.environment.id, twin.environment.id]);
    expect(await check(place)).toMatchObject({
      usable: true,
      rollbackReady: false,
      refusals: [
        { code: 'database-shared', message: expect.stringContaining(twin.environment.name) },
        { code: 'filestore-shared' },
      ],
    });
  });

  it('says so where it is asked of a process that reaches nothing of it', async () => {
    const place = await createEnvironment();
    await change(place, { pool: 'far' });
    expect(await check(place)).toMatchObject({
      usable: false,
      database: null,
      filestore: null,
      refusals: [{ code: 'pool-unreachable', message: expect.stringContaining('far') }],
    });
  });
});
