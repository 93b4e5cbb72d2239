import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  operationGiveUp,
  operationsList,
  rollbackCreate,
  rollbackUndo,
  settingsUpdate,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { RollbackLog, SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { nothingIsLeft, statesBeside } from '../e2e/leftovers.js';
import { changeBoth, stateOf } from '../e2e/marked-environment.js';
import { endOfRollback, endOfSafety, logOf, rollBack, takeSnapshot } from '../e2e/outcomes.js';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { LAPSED_HEARTBEATS } from '../harness/heartbeats.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { hasStopped, stoppingAt } from './rollback/stopping.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];
const workers: ServiceProcess[] = [];

beforeAll(async () => {
  service = await startTestService({ ROLE: 'api' });
  client = service.client();
});

// The next rollback is for a worker that stops.
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()));
});

afterAll(async () => {
  await nothingIsLeft(places).finally(() => service.stop());
});

async function startWorker(more: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
  const worker = await startServiceProcess({ ...service.env, ROLE: 'worker', ...more });
  workers.push(worker);
  return worker;
}

interface Struck extends TestEnvironment {
  log: RollbackLog;
  keptDatabase: string;
  snapshotId: string;
}

/** Rolled back, and its worker killed at this step of the safety snapshot. */
async function struckAt(step: string, undoMinutes: number, env: NodeJS.ProcessEnv = {}): Promise<Struck> {
  const place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes });
  places.push(place);
  const { id } = place.environment;
  const first = await startWorker();
  const { id: snapshotId } = await takeSnapshot(client, id);
  await first.terminate();
  await changeBoth(place);
  const worker = await startWorker({ ...env, ...stoppingAt(step) });
  const { deploymentId } = await result(rollbackCreate({ client, path: { environmentId: id }, body: { snapshotId } }));
  await hasStopped(worker.pid);
  await worker.kill();
  const log = await endOfRollback(client, id, deploymentId);
  expect(log).toMatchObject({ status: 'completed', safetySnapshotStatus: 'running' });
  expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  expect(await statesBeside(place)).toEqual([log.keptDatabase, log.keptDirectory]);
  return { ...place, log, keptDatabase: log.keptDatabase!, snapshotId: log.safetySnapshotId! };
}

/** Finds the first one lost at once. */
async function startNextWorker(env: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
  await query(service.database, LAPSED_HEARTBEATS);
  return startWorker(env);
}

async function isOpen({ database, keptDatabase }: Struck): Promise<boolean | undefined> {
  const sql = `SELECT datallowconn AS open FROM pg_database WHERE datname = $1`;
  const [row] = await query<{ open: boolean }>({ ...database.admin, database: 'postgres' }, sql, [keptDatabase]);
  return row?.open;
}

/** Somebody who is in the database that was left open; resolves, by and by, to how that ended. */
async function strangerIn(struck: Struck): Promise<{ ended: Promise<string> }> {
  const kept = { ...struck.database.address, database: struck.keptDatabase };
  const ended = query(kept, 'SELECT pg_sleep(120)').then(
    () => 'it slept on',
    (error: Error) => error.message,
  );
  await waitUntil('somebody is in', async () => {
    const sql = `SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'PgSleep'`;
    return (await query(struck.database.admin, sql, [struck.keptDatabase])).length > 0;
  });
  return { ended };
}

const safetyOf = ({ environment, snapshotId }: Struck): Promise<SnapshotDetails> =>
  result(snapshotView({ client, path: { environmentId: environment.id, snapshotId } }));

const SENT_AWAY = { code: 'strangers-ended', message: expect.stringMatching(/role "role_\w+", application "test"/) };

describe('a worker that is killed', { timeout: 120_000 }, () => {
  it('while it takes a safety snapshot leaves the previous state, closed, to another one that takes it and removes it', async () => {
    const struck = await struckAt('door-closed:after', 0);
    expect(await isOpen(struck)).toBe(false);

    await startNextWorker();
    const log = await endOfSafety(client, struck.environment.id, struck.log.deploymentId);

    expect(log).toMatchObject({ safetySnapshotId: struck.snapshotId, safetySnapshotStatus: 'completed', warnings: [] });
    expect(await safetyOf(struck)).toMatchObject({ status: 'completed', trigger: 'safety', failure: null });
    expect(await stateOf(struck)).toEqual({ rows: 'captured', files: 'captured' });
    await waitUntil('the previous state is removed', async () => (await statesBeside(struck)).length === 0);
    const back = { snapshotId: struck.snapshotId, createSafetySnapshot: false };
    expect(await rollBack(client, struck.environment.id, back)).toMatchObject({ status: 'completed' });
    expect(await stateOf(struck)).toEqual({ rows: 'present', files: 'present' });
  });

  it('while the previous database is open for it leaves that to another one, which closes it and names whoever came in', async () => {
    const struck = await struckAt('door-opened:after', 30);
    expect(await isOpen(struck)).toBe(true);
    const stranger = await strangerIn(struck);

    await startNextWorker();
    await endOfSafety(client, struck.environment.id, struck.log.deploymentId);

    expect(await stranger.ended).toMatch(/terminat/);
    expect(await safetyOf(struck)).toMatchObject({ status: 'completed', warnings: [SENT_AWAY] });
    expect(await isOpen(struck)).toBe(false);
    await undone(struck);
  });

  it('leaves it to the undo that comes instead, when the safety snapshot is not begun again', async () => {
    const once = { CAPTURE_RETRIES: '0' };
    const struck = await struckAt('door-opened:after', 30, once);
    const stranger = await strangerIn(struck);
    const deploymentId = await undo(struck);

    await startNextWorker(once);
    const log = await endOfRollback(client, struck.environment.id, deploymentId);

    expect(log).toMatchObject({ status: 'completed', warnings: [SENT_AWAY] });
    expect(await stranger.ended).toMatch(/terminat/);
    expect(await safetyOf(struck)).toMatchObject({ status: 'failed', failure: { code: 'worker-lost' } });
    expect(await stateOf(struck)).toEqual({ rows: 'present', files: 'present' });
    await waitUntil('the other state is removed', async () => (await statesBeside(struck)).length === 0);
  });

  it('leaves it to the keeper, when a person gives the safety snapshot up meanwhile', async () => {
    const struck = await struckAt('door-opened:after', 30);
    const { admin, address } = struck.database;
    const ownedBy = (role: string) => query(admin, `ALTER DATABASE "${struck.keptDatabase}" OWNER TO "${role}"`);
    // Nobody can close it who might.
    await ownedBy(admin.user);
    await startNextWorker();
    const operation = await waitUntil('it has failed', async () => {
      const { items } = await result(operationsList({ client, query: { environmentId: struck.environment.id } }));
      return items.find(({ kind, tryCount }) => kind === 'safety-snapshot' && tryCount > 0);
    });
    expect(await isOpen(struck)).toBe(true);
    const stranger = await strangerIn(struck);
    await waitUntil('it could be given up', async () => {
      const gone = await operationGiveUp({ client, path: { operationId: operation.id } });
      return gone.response?.status === 204;
    });
    await ownedBy(address.user);

    await waitUntil('it is closed', async () => (await isOpen(struck)) === false);
    expect(await stranger.ended).toMatch(/terminat/);
    const warned = await waitUntil('the log says so', async () => {
      const { warnings } = await logOf(client, struck.environment.id, struck.log.deploymentId);
      return warnings.length > 0 && warnings;
    });
    expect(warned).toEqual([SENT_AWAY]);
    await undone(struck);
  });
});

/** Asks for an undo, which keeps nothing in its turn. */
async function undo(struck: Struck): Promise<string> {
  const path = { environmentId: struck.environment.id };
  await result(settingsUpdate({ client, path, body: { undoMinutes: 0 } }));
  return (await result(rollbackUndo({ client, path: { deploymentId: struck.log.deploymentId } }))).deploymentId;
}

/** Taken back, and nothing of it is there any more. */
async function undone(struck: Struck): Promise<void> {
  const log = await endOfRollback(client, struck.environment.id, await undo(struck));
  expect(log).toMatchObject({ status: 'completed', warnings: [] });
  expect(await stateOf(struck)).toEqual({ rows: 'present', files: 'present' });
}
