import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client as Session } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  itemRestoreUndo,
  itemRestoreView,
  restoreItems,
  snapshotExport,
  snapshotExportView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { nothingIsLeft, statesBeside } from '../e2e/leftovers.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';

/** How long a lost worker may go unnoticed, and what it left undone. */
const NOTICED_SECONDS = 40;

let service: TestService;
let client: Client;
let place: TestEnvironment;
const workers: ServiceProcess[] = [];

beforeAll(async () => {
  service = await startTestService({ ROLE: 'api', WORKER_POOLS: 'items' });
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { pool: 'items', undoMinutes: 60 });
});
afterAll(async () => {
  await query(service.database, 'UPDATE item_restores SET undo_until = now() WHERE undo_until IS NOT NULL');
  await waitUntil('what was kept is removed', async () => (await statesBeside(place)).length === 0);
  await Promise.all(workers.map((worker) => worker.kill()));
  await nothingIsLeft([place]).finally(() => service.stop());
});

async function startWorker(): Promise<ServiceProcess> {
  const worker = await startServiceProcess({ ...service.env, ROLE: 'worker', WORKER_POOLS: 'items' });
  workers.push(worker);
  return worker;
}

/** Whoever makes this schema too waits until it is let go. */
async function holdSchema(name: string): Promise<{ isAwaited(): Promise<boolean>; letGo(): Promise<void> }> {
  const session = new Session({ ...place.database.address });
  await session.connect();
  await session.query(`BEGIN; CREATE SCHEMA ${name}`);
  return {
    // Of another session: in one transaction that view stays as it was.
    isAwaited: async () => {
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE SCHEMA%' AND datname = current_database()`;
      return (await query(place.database.address, waiting)).length > 0;
    },
    letGo: async () => {
      await session.query('ROLLBACK');
      await session.end();
    },
  };
}

it('items are restored once, and taken back once, however often their worker dies', async () => {
  const first = await startWorker();
  const snapshot = await takeSnapshot(client, place.environment.id, { type: 'full' });
  await writeFile(join(place.filestorePath, 'a.txt'), 'another');
  const schema = `restored_${snapshot.id.replaceAll('-', '')}`;
  const held = await holdSchema(schema);
  const path = { environmentId: place.environment.id, snapshotId: snapshot.id };
  const body = {
    files: [{ path: 'a.txt' }, { path: 'sub' }],
    place: 'in_place' as const,
    tables: [{ schema: 'public', name: 'items' }],
  };
  const { id } = await result(restoreItems({ client, path, body }));
  await waitUntil('the worker makes the schema', () => held.isAwaited());
  await first.kill();
  await held.letGo();
  await startWorker();
  const at = { environmentId: place.environment.id, itemRestoreId: id };
  const ended = async () => {
    const row = await result(itemRestoreView({ client, path: at }));
    return !['queued', 'running', 'undoing'].includes(row.status) && row;
  };
  const done = await waitUntil('it has ended', ended, { seconds: NOTICED_SECONDS });
  expect(done).toMatchObject({ status: 'completed', finding: null });
  expect(await readFile(join(place.filestorePath, 'a.txt'), 'utf8')).toBe('alpha\n');
  expect(await query(place.database.address, `SELECT count(*)::int AS count FROM ${schema}.items`)).toEqual([
    { count: 100 },
  ]);
  await result(itemRestoreUndo({ client, path: at }));
  expect((await waitUntil('it is undone', ended)).status).toBe('undone');
  expect(await readFile(join(place.filestorePath, 'a.txt'), 'utf8')).toBe('another');
  expect(await query(place.database.address, `SELECT FROM pg_namespace WHERE nspname = '${schema}'`)).toEqual([]);
}, 120_000);

it('an export whose worker dies is made by the next one, and nothing half is left', async () => {
  const [worker] = workers.slice(-1);
  // Long enough to be met in the middle.
  await query(
    place.database.address,
    'CREATE TABLE many AS SELECT n, repeat(md5(n::text), 20) AS t FROM generate_series(1, 200000) n',
  );
  const snapshot = await takeSnapshot(client, place.environment.id, { type: 'full' });
  const { id, fileName } = await result(
    snapshotExport({ client, path: { environmentId: place.environment.id, snapshotId: snapshot.id }, body: {} }),
  );
  const root = join(service.directory, 'data', 'exports');
  const names = () => readdir(root).catch(() => [] as string[]);
  await waitUntil('it is being made', async () => (await names()).includes(`${fileName}.partial`), { everyMs: 5 });
  await worker!.kill();
  await startWorker();
  const ended = async () => {
    const row = await result(
      snapshotExportView({ client, path: { environmentId: place.environment.id, exportId: id } }),
    );
    return row.finishedAt !== null && row;
  };
  expect(await waitUntil('it has ended', ended, { seconds: NOTICED_SECONDS })).toMatchObject({
    status: 'completed',
    finding: null,
  });
  expect(await names()).toEqual([fileName]);
  await rm(join(root, fileName));
}, 120_000);
