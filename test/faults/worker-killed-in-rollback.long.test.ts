import { Client as PostgresClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { rollbackCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import type { EnvironmentCreate, RollbackLog } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { nothingIsLeft, statesBeside } from '../e2e/leftovers.js';
import { changeBoth, stateOf } from '../e2e/marked-environment.js';
import { endOfRollback, endOfSafety, logOf, rollBack, takeSnapshot } from '../e2e/outcomes.js';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { pauseRollbacks } from './pause-rollbacks.js';
import { hasStopped, stoppingAt } from './rollback/stopping.js';

/** How long a lost worker may go unnoticed. */
const NOTICED_SECONDS = 20;
/** Rollbacks that are under way when a worker is killed at a moment nobody has chosen. */
const AT_RANDOM = 6;

interface UnderWay extends TestEnvironment {
  deploymentId: string;
}

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];
const workers: ServiceProcess[] = [];

beforeAll(async () => {
  service = await startTestService({ ROLE: 'api', WORKER_POOLS: 'chosen,random,again,entered,keeping' });
  client = service.client();
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await nothingIsLeft(places).finally(() => service.stop());
});

async function startWorker(pool: string, more: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
  const env = { ...more, ROLE: 'worker', WORKER_POOLS: pool, ROLLBACK_CONCURRENCY: '10', CAPTURE_CONCURRENCY: '4' };
  const worker = await startServiceProcess({ ...service.env, ...env });
  workers.push(worker);
  return worker;
}

/** An environment that has been changed since its snapshot. */
async function createChanged(
  pool: string,
  prepare = '',
  more: Partial<EnvironmentCreate> = {},
): Promise<TestEnvironment & { snapshotId: string }> {
  const environment = await createTestEnvironment(client, service.filestoreRoot, { pool, ...more });
  places.push(environment);
  await query(environment.database.address, prepare);
  const { id: snapshotId } = await takeSnapshot(client, environment.environment.id);
  await changeBoth(environment);
  return { ...environment, snapshotId };
}

async function startRollback(
  changed: TestEnvironment & { snapshotId: string },
  { createSafetySnapshot } = { createSafetySnapshot: false },
): Promise<UnderWay> {
  const path = { environmentId: changed.environment.id };
  const body = { snapshotId: changed.snapshotId, createSafetySnapshot };
  const { deploymentId } = await result(rollbackCreate({ client, path, body }));
  return { ...changed, deploymentId };
}

/** The log, once another worker has noticed. */
async function noticed({ environment, deploymentId }: UnderWay, seconds = NOTICED_SECONDS): Promise<RollbackLog> {
  const log = await endOfRollback(client, environment.id, deploymentId, seconds);
  const [row] = await query<{ held: boolean }>(
    service.database,
    `SELECT cutover_by IS NOT NULL AS held FROM environments WHERE id = '${environment.id}'`,
  );
  expect(row).toEqual({ held: false });
  return log;
}

/** Another worker has finished it, and says so. */
async function expectFinished(place: UnderWay, log: RollbackLog): Promise<void> {
  expect(log).toMatchObject({ status: 'completed', failure: null, warnings: [{ code: 'recovered' }] });
  expect(log.steps.map(({ name }) => name).slice(-2)).toEqual(['recovery', 'cleanup']);
  expect(await isOpen(place)).toBe(true);
  expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  expect(await statesBeside(place)).toEqual([]);
}

/** Another worker has seen that nothing was swapped, and says so. */
async function expectReverted(place: UnderWay, log: RollbackLog): Promise<void> {
  expect(log).toMatchObject({ status: 'reverted', failure: { code: 'worker-lost' }, warnings: [] });
  expect(await isOpen(place)).toBe(true);
  expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
  expect(await statesBeside(place)).toEqual([]);
}

async function expectUntouched(place: UnderWay, log: RollbackLog): Promise<void> {
  expect(log).toMatchObject({
    failure: { code: 'worker-lost' },
    warnings: [],
    keptDatabase: null,
    keptDirectory: null,
  });
  expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
  expect(await statesBeside(place)).toEqual([]);
}

async function isOpen({ database }: TestEnvironment): Promise<boolean> {
  const sql = `SELECT datallowconn AS open FROM pg_database WHERE datname = '${database.address.database}'`;
  const [row] = await query<{ open: boolean }>({ ...database.admin, database: 'postgres' }, sql);
  return row?.open === true;
}

/** Whether the slow table is being filled, beside the live database. */
async function isLoading({ database }: TestEnvironment): Promise<boolean> {
  const sql = `SELECT FROM pg_stat_activity WHERE usename = '${database.address.user}' AND query LIKE 'COPY%slow%FROM STDIN%'`;
  return (await query({ ...database.admin, database: 'postgres' }, sql)).length > 0;
}

describe.concurrent('a worker that is killed in the middle of a rollback', () => {
  it('is noticed, whichever step it was at, and nothing is lost', async () => {
    const worker = await startWorker('chosen');
    const pauses = await pauseRollbacks(service.database);
    const slow = `CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS
                    $$ SELECT current_setting('made.here', true) = 'yes' OR pg_sleep(1) IS NOT NULL $$;
                  CREATE TABLE slow (n int CHECK (public.slow(n)));
                  SET made.here = 'yes'; INSERT INTO slow SELECT generate_series(1, 100)`;
    const [restoring, staged, swapping, exchanging, opening, cleaning] = await Promise.all([
      createChanged('chosen', slow),
      ...Array.from({ length: 5 }, () => createChanged('chosen')),
    ]);
    await pauses.at(staged!.environment.id, 'verify');
    await pauses.at(swapping!.environment.id, 'cutover', 'About to swap databases.');
    await pauses.at(exchanging!.environment.id, 'cutover', 'About to exchange directories.');
    await pauses.at(opening!.environment.id, 'cutover', 'About to open.');
    await pauses.at(cleaning!.environment.id, 'cleanup');
    const all = [restoring!, staged!, swapping!, exchanging!, opening!, cleaning!];
    const [inRestore, inVerify, inSwap, inExchange, inOpen, inCleanup] = await Promise.all(
      all.map((changed) => startRollback(changed)),
    );
    await pauses.reached(5);
    await waitUntil('rows are being loaded', () => isLoading(restoring!));

    const killedAt = Date.now();
    await worker.kill();
    await pauses.end();
    await startWorker('chosen', { ROLLBACK_RETRIES: '0' });
    const places = [inRestore!, inVerify!, inSwap!, inExchange!, inOpen!, inCleanup!];
    const logs = await Promise.all(places.map((place) => noticed(place)));
    expect(Date.now() - killedAt).toBeLessThan(NOTICED_SECONDS * 1000);

    await expectUntouched(inRestore!, logs[0]!);
    await expectUntouched(inVerify!, logs[1]!);
    await expectReverted(inSwap!, logs[2]!);
    await expectFinished(inExchange!, logs[3]!);
    await expectFinished(inOpen!, logs[4]!);
    await expectFinished(inCleanup!, logs[5]!);

    // What failed before the swap can simply be started again.
    const path = inSwap!.environment.id;
    const again = await rollBack(client, path, { snapshotId: logs[2]!.snapshotId!, createSafetySnapshot: false });
    expect(again.status).toBe('completed');
    expect(await stateOf(inSwap!)).toEqual({ rows: 'captured', files: 'captured' });
  }, 120_000);

  it('while it copies what stays as it is live leaves that as it is', async () => {
    const worker = await startWorker('keeping');
    const sessions = `CREATE TABLE sessions (who text); INSERT INTO sessions SELECT 'then' FROM generate_series(1, 1000)`;
    const changed = await createChanged('keeping', sessions, { exclude: { rowsOf: ['sessions'] } });
    await query(changed.database.address, `UPDATE sessions SET who = 'now'`);
    const { host, port, database, user, password } = changed.database.address;
    const holder = new PostgresClient({ host, port, database, user, password, ssl: false });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE sessions');
    const place = await startRollback(changed);
    const isCopying = `SELECT FROM pg_stat_activity WHERE datname = '${database}' AND query LIKE 'COPY (SELECT%sessions%' AND wait_event_type = 'Lock'`;
    const admin = { ...changed.database.admin, database: 'postgres' };
    await waitUntil('the live rows are to be copied', async () => (await query(admin, isCopying)).length > 0);
    await worker.kill();
    await holder.end();
    await startWorker('keeping', { ROLLBACK_RETRIES: '0' });
    await expectUntouched(place, await noticed(place));
    const counted = 'SELECT who, count(*)::int AS n FROM sessions GROUP BY who';
    expect(await query(changed.database.address, counted)).toEqual([{ who: 'now', n: 1000 }]);
    const { environment, snapshotId } = changed;
    const again = await rollBack(client, environment.id, { snapshotId, createSafetySnapshot: false });
    expect(again).toMatchObject({ status: 'completed', warnings: [] });
    expect(await stateOf(changed)).toEqual({ rows: 'captured', files: 'captured' });
    expect(await query(changed.database.address, counted)).toEqual([{ who: 'now', n: 1000 }]);
  }, 120_000);

  it('before anything was touched costs a rollback nothing: another worker begins it again', async () => {
    const worker = await startWorker('again');
    const [restored, waiting] = await Promise.all([createChanged('again'), createChanged('again')]);
    await worker.kill();
    const stopping = await startWorker('again', stoppingAt('verify:before'));
    const inVerify = await startRollback(restored);
    await hasStopped(stopping.pid);
    await stopping.kill();
    const inQueue = await startRollback(waiting);
    await startWorker('again');
    for (const place of [inVerify, inQueue]) {
      const log = await noticed(place);
      const warnings = place === inVerify ? ['worker-lost'] : [];
      expect(log).toMatchObject({ status: 'completed', failure: null });
      expect(log.warnings.map(({ code }) => code)).toEqual(warnings);
      expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
      expect(await statesBeside(place)).toEqual([]);
    }
  }, 120_000);

  it('leaves one whole state, old or new, at whatever moment it is killed', async () => {
    const worker = await startWorker('random');
    const changed = await Promise.all(Array.from({ length: AT_RANDOM }, () => createChanged('random')));
    const underWay = await Promise.all(changed.map((place) => startRollback(place)));
    await waitUntil('the first is through', async () => {
      const logs = await Promise.all(
        underWay.map(({ environment, deploymentId }) => logOf(client, environment.id, deploymentId)),
      );
      return logs.some(({ steps }) => steps.at(-1)?.name === 'cleanup');
    });
    await worker.kill();
    await startWorker('random');
    for (const place of underWay) expect(await faultIn(place, await noticed(place))).toBe('none');
  }, 120_000);
});

describe('a worker that is killed', () => {
  it('once it holds the environment for its cutover lets go of it: no snapshot waits for a swap that nobody does', async () => {
    const worker = await startWorker('entered');
    const changed = await createChanged('entered');
    const pauses = await pauseRollbacks(service.database);
    await pauses.afterEntering(changed.environment.id);
    const place = await startRollback(changed, { createSafetySnapshot: true });
    await pauses.reached(1);
    await worker.kill();
    await pauses.end();
    await startWorker('entered');
    const log = await noticed(place, 2 * NOTICED_SECONDS);
    const { environment, deploymentId } = place;
    const { safetySnapshotStatus } = await endOfSafety(client, environment.id, deploymentId);
    expect(safetySnapshotStatus).toBe('completed');
    await waitUntil('the previous state is removed', async () => (await statesBeside(place)).length === 0);
    expect(log).toMatchObject({ status: 'completed', failure: null, warnings: [{ code: 'worker-lost' }] });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    expect(await statesBeside(place)).toEqual([]);
  }, 120_000);
});

/** What is wrong with how a rollback has ended. */
async function faultIn(place: UnderWay, log: RollbackLog): Promise<string> {
  const { rows, files } = await stateOf(place);
  const beside = await statesBeside(place);
  const story = JSON.stringify({
    status: log.status,
    failure: log.failure,
    last: log.steps.at(-1),
    rows,
    files,
    beside,
  });
  if (!(await isOpen(place)) || rows !== files) return `closed or a mixture: ${story}`;
  if (log.status === 'completed')
    return rows === 'captured' && beside.length === 0 ? 'none' : `not completed: ${story}`;
  return log.failure?.code === 'worker-lost' && rows === 'present' && files === 'present' && beside.length === 0
    ? 'none'
    : `touched: ${story}`;
}
