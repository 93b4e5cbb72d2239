import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { snapshotCancel, snapshotCreate, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotStep } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { startService } from '../../src/start-service.js';
import { holdTable } from '../e2e/held-table.js';
import { nothingIsLeft } from '../e2e/leftovers.js';
import { endOfSnapshot, takeSnapshot } from '../e2e/outcomes.js';
import { waitUntil } from '../e2e/wait-until.js';
import { hasLocalPort } from '../harness/child-processes.js';
import { checkedFetch } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { LogWatch } from '../harness/log-watch.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { garbageAfterCollection, publishedIn } from '../harness/vault-view.js';
import { testToken } from '../harness/tokens.js';

/** How long a lost worker may go unnoticed, and what it left undone. */
const NOTICED_SECONDS = 20;

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];
const workers: ServiceProcess[] = [];

beforeAll(async () => {
  service = await startTestService({ ROLE: 'api', WORKER_POOLS: 'beside,again,once,still' });
  client = service.client();
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await nothingIsLeft(places).finally(() => service.stop());
});

async function startWorker(pool: string, env = service.env): Promise<ServiceProcess> {
  const worker = await startServiceProcess({ ...env, ROLE: 'worker', WORKER_POOLS: pool });
  workers.push(worker);
  return worker;
}

/** An environment whose capture waits for a table that is held, with most of its files in the vault already. */
async function startCapture(pool: string, through = client) {
  const environment = await createTestEnvironment(client, service.filestoreRoot, { pool });
  places.push(environment);
  const table = await holdTable(environment.database.address);
  const path = { environmentId: environment.environment.id };
  const { id: snapshotId } = await result(snapshotCreate({ client: through, path }));
  await table.dumpIsWaiting();
  return { ...environment, table, path: { ...path, snapshotId } };
}

/** Ends the worker that is at the environment's database as a power cut would; returns when. */
async function killTheBusyOne(candidates: ServiceProcess[], { database }: TestEnvironment): Promise<number> {
  const worker = await waitUntil('one of the workers captures the database', async () => {
    const sessions = await query<{ port: number }>(
      database.address,
      "SELECT client_port AS port FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'snapback capture'",
    );
    const ports = sessions.map(({ port }) => port);
    for (const candidate of candidates) if (await hasLocalPort(candidate.pid, ports)) return candidate;
    return undefined;
  });
  const programs = await worker.children();
  await worker.kill();
  const killedAt = Date.now();
  const pids = programs.map(({ pid }) => `/proc/${pid}`);
  await waitUntil('its programs have ended with it', () => !pids.some((pid) => existsSync(pid)), { seconds: 2 });
  return killedAt;
}

async function attemptsOf(snapshotId: string): Promise<number> {
  const rows = await query<{ attempt: number }>(
    service.database,
    `SELECT attempt FROM snapshots WHERE id = '${snapshotId}'`,
  );
  return rows[0]!.attempt;
}

const garbageOf = ({ project }: TestEnvironment) => garbageAfterCollection(service, project.id);

describe.concurrent('a worker that stands still in the middle of a capture', { timeout: 60_000 }, () => {
  it('finds that another has its snapshot now, and leaves it alone', async () => {
    const worker = await startWorker('still');
    const capture = await startCapture('still');
    process.kill(worker.pid, 'SIGSTOP');
    const stoodStillAt = Date.now();
    const other = await startWorker('still');
    await waitUntil('the other takes it up', async () => (await attemptsOf(capture.path.snapshotId)) === 2);
    await capture.table.release();
    const snapshot = await endOfSnapshot(client, capture.path, NOTICED_SECONDS);
    expect(Date.now() - stoodStillAt).toBeLessThan(NOTICED_SECONDS * 1000);
    expect(snapshot).toMatchObject({ status: 'completed', failure: null });

    await other.terminate();
    process.kill(worker.pid, 'SIGCONT');
    await waitUntil('it has noticed', () => worker.log().includes('no longer this worker'));
    expect(await result(snapshotView({ client, path: capture.path }))).toEqual(snapshot);
    expect(await publishedIn(service, capture.project.id)).toEqual([snapshot.id]);
    // It is of use again.
    expect((await takeSnapshot(client, capture.path.environmentId)).status).toBe('completed');
  });
});

describe.concurrent('a worker that is killed in the middle of a capture', { timeout: 60_000 }, () => {
  it('is replaced by the one beside it, which completes the snapshot', async () => {
    const both = await Promise.all([startWorker('beside'), startWorker('beside')]);
    const capture = await startCapture('beside');
    const killedAt = await killTheBusyOne(both, capture);
    await capture.table.release();
    const snapshot = await endOfSnapshot(client, capture.path, NOTICED_SECONDS);
    expect(Date.now() - killedAt).toBeLessThan(NOTICED_SECONDS * 1000);
    expect(snapshot).toMatchObject({ status: 'completed', fileCount: 3, failure: null });
    expect(await attemptsOf(snapshot.id)).toBe(2);
    // Those of the second attempt; of the first one nothing is told any more.
    expect(snapshot.steps.map(({ name }) => name).toSorted()).toEqual(['database', 'filestore', 'prepare', 'publish']);
    expect(snapshot.steps.filter(({ status }) => status !== 'completed')).toEqual([]);
    expect(Math.min(...snapshot.steps.map(({ startedAt }) => Date.parse(startedAt)))).toBeGreaterThan(killedAt);
    expect(await publishedIn(service, capture.project.id)).toEqual([snapshot.id]);
    // The second attempt has taken the place of the first: what that one left can go at once.
    expect(await garbageOf(capture)).toEqual([]);
  });

  it('does the work again when it is started again', async () => {
    const worker = await startWorker('again');
    const capture = await startCapture('again');
    const killedAt = await killTheBusyOne([worker], capture);
    await startWorker('again');
    await capture.table.release();
    const snapshot = await endOfSnapshot(client, capture.path, NOTICED_SECONDS);
    expect(Date.now() - killedAt).toBeLessThan(NOTICED_SECONDS * 1000);
    expect(snapshot.status).toBe('completed');
  });

  it('leaves a failed snapshot and an empty vault when nothing is to be tried again', async ({ onTestFinished }) => {
    // It was different when the first snapshot of this pool was asked for.
    const earlier = await createTestEnvironment(client, service.filestoreRoot, { pool: 'once' });
    const earlierPath = { environmentId: earlier.environment.id };
    const { id: cancelled } = await result(snapshotCreate({ client, path: earlierPath }));
    await result(snapshotCancel({ client, path: { ...earlierPath, snapshotId: cancelled } }));
    const once = { ...service.env, CAPTURE_RETRIES: '0' };
    const strict = await startService(loadConfiguration(once), { log: new LogWatch() });
    onTestFinished(() => strict.stop());
    const worker = await startWorker('once', once);
    const capture = await startCapture(
      'once',
      connect({ baseUrl: strict.url!, token: testToken(), fetch: checkedFetch }),
    );
    const before = await result(snapshotView({ client, path: capture.path }));
    expect(before.steps).toMatchObject([{ name: 'prepare', status: 'running', finishedAt: null }]);
    const killedAt = await killTheBusyOne([worker], capture);
    const snapshot = await endOfSnapshot(client, capture.path, NOTICED_SECONDS);
    expect(Date.now() - killedAt).toBeLessThan(NOTICED_SECONDS * 1000);
    expect(snapshot).toMatchObject({ status: 'failed', failure: { code: 'worker-lost' } });
    // Nobody was left to say how it ended.
    const { message: detail } = snapshot.failure!;
    const [{ startedAt }] = before.steps as [SnapshotStep];
    const { finishedAt } = snapshot;
    expect(snapshot.steps).toEqual([{ name: 'prepare', status: 'failed', detail, startedAt, finishedAt }]);
    expect(await attemptsOf(snapshot.id)).toBe(1);
    await capture.table.release();
    expect(await publishedIn(service, capture.project.id)).toEqual([]);
    expect(await garbageOf(capture)).toEqual([]);
  });
});
