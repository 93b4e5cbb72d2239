import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentCreate,
  environmentDelete,
  environmentList,
  environmentView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { Environment, EnvironmentCreate, SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { endOfRollback, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;
let snapshot: SnapshotDetails;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  await writeFile(join(place.filestorePath, 'secret.key'), 'a secret');
  snapshot = await takeSnapshot(client, place.environment.id, { type: 'full' });
  await query(place.database.address, 'ALTER ROLE CURRENT_USER CREATEDB').catch(() => undefined);
});

afterAll(async () => {
  await nothingIsLeft([place]).finally(() => service.stop());
});

/** At places where nothing is yet. */
function branch(changes: Partial<EnvironmentCreate> = {}): EnvironmentCreate & { filestorePath: string } {
  const name = `branch_${randomUUID().slice(0, 8)}`;
  const { host, port, user, password } = place.database.address;
  return {
    name,
    type: 'development',
    database: { kind: 'connection', host, port, database: name, user, password },
    neutralizeSql: "UPDATE items SET name = 'somebody'",
    neutralizePaths: [{ paths: ['*.key'], action: 'remove' }],
    from: { snapshotId: snapshot.id },
    ...changes,
    filestorePath: changes.filestorePath ?? join(service.filestoreRoot, name),
  };
}

const create = (body: EnvironmentCreate, through = client) =>
  environmentCreate({ client: through, path: { projectId: place.project.id }, body });
const databases = async () =>
  (await query<{ name: string }>(inject('postgres'), 'SELECT datname::text AS name FROM pg_database')).map(
    ({ name }) => name,
  );
const at = ({ id }: Environment) => ({ projectId: place.project.id, environmentId: id });

describe('an environment from a snapshot', () => {
  it('is made, filled, harmless, and goes again with its data', async () => {
    const body = branch();
    const environment = await result(create(body));
    expect(environment.provisionedFrom).toMatchObject({ snapshotId: snapshot.id });
    const { deploymentId } = environment.provisionedFrom!;
    expect(await endOfRollback(client, environment.id, deploymentId!)).toMatchObject({ status: 'completed' });
    const made = { ...place.database.address, database: body.name };
    expect(await query(made, 'SELECT count(*)::int AS count, max(name) AS name FROM items')).toEqual([
      { count: 100, name: 'somebody' },
    ]);
    expect(await readdir(body.filestorePath)).toEqual(['a.txt', 'empty', 'sub']);
    // And is an environment like any other.
    await takeSnapshot(client, environment.id);
    await result(environmentDelete({ client, path: at(environment), query: { snapshots: 'delete', data: 'delete' } }));
    expect(await databases()).not.toContain(body.name);
    expect(existsSync(body.filestorePath)).toBe(false);
  });

  it('is refused where something is already, and nothing of it is touched', async () => {
    const body = branch();
    await mkdir(body.filestorePath);
    await writeFile(join(body.filestorePath, 'mine'), 'mine');
    const { error } = await create(body);
    expect(error).toMatchObject({ code: 'validation-failed', errors: [{ field: 'filestorePath' }] });
    expect(await readFile(join(body.filestorePath, 'mine'), 'utf8')).toBe('mine');
    expect(await databases()).not.toContain(body.name);
    const { database } = place.environment;
    const there = database !== null && database.kind === 'connection' ? database.database : '';
    const { host, port, user, password } = place.database.address;
    const taken = branch({ database: { kind: 'connection', host, port, database: there, user, password } });
    expect((await create(taken)).error).toMatchObject({ code: 'validation-failed', errors: [{ field: 'database' }] });
    await rm(body.filestorePath, { recursive: true });
  });

  it('leaves nothing behind when the rollback that would fill it is refused', async () => {
    const body = branch();
    delete body.neutralizeSql;
    const { error } = await create(body);
    expect(error).toMatchObject({ code: 'rollback-refused' });
    expect(await databases()).not.toContain(body.name);
    expect(existsSync(body.filestorePath)).toBe(false);
    const { items } = await result(environmentList({ client, path: { projectId: place.project.id } }));
    expect(items.map(({ name }) => name)).not.toContain(body.name);
  });

  it('is for those who may roll back, too', async () => {
    const limited = service.client({ permissions: ['environments:write', 'environments:read'] });
    expect((await create(branch(), limited)).error).toMatchObject({ code: 'permission-missing' });
    expect((await create(branch({ from: { snapshotId: randomUUID() } }))).error).toMatchObject({ code: 'not-found' });
  });

  it('goes when whoever made it has died in the middle', async () => {
    const body = branch();
    const environment = await result(create(body));
    const { deploymentId } = environment.provisionedFrom!;
    await endOfRollback(client, environment.id, deploymentId!);
    const [log] = await query<{ database: string; directory: string }>(
      service.database,
      `SELECT kept_database AS database, kept_directory AS directory FROM rollback_logs WHERE environment_id = '${environment.id}'`,
    );
    await query(inject('postgres'), `DROP DATABASE "${log!.database}"`);
    await rm(dirname(log!.directory), { recursive: true });
    await query(
      service.database,
      `DELETE FROM rollback_logs WHERE environment_id = '${environment.id}';
       UPDATE environments SET created_at = now() - interval '1 hour', state_id = NULL,
              provisioned_from = provisioned_from || '{"deploymentId": null}' WHERE id = '${environment.id}'`,
    );
    await waitUntil(
      'it is gone',
      async () => (await environmentView({ client, path: at(environment) })).error?.code === 'not-found',
    );
    expect(await databases()).not.toContain(body.name);
    await rm(body.filestorePath, { recursive: true, force: true });
  });
});

it('the data of other environments is not deleted', async () => {
  const { error } = await environmentDelete({ client, path: at(place.environment), query: { data: 'delete' } });
  expect(error).toMatchObject({ code: 'operation-refused' });
});
