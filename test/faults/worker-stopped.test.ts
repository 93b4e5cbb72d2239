import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { rollbackCreate, snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import type { EnvironmentCreate } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { holdTable } from '../e2e/held-table.js';
import { nothingIsLeft, statesBeside } from '../e2e/leftovers.js';
import { endOfRollback, endOfSnapshot, logOf, takeSnapshot } from '../e2e/outcomes.js';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];
const workers: ServiceProcess[] = [];

beforeAll(async () => {
  service = await startTestService({ ROLE: 'api' });
  client = service.client();
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await nothingIsLeft(places).finally(() => service.stop());
});

async function startWorker(graceSeconds: number): Promise<ServiceProcess> {
  const worker = await startServiceProcess({
    ...service.env,
    ROLE: 'worker',
    SHUTDOWN_GRACE_SECONDS: String(graceSeconds),
  });
  workers.push(worker);
  return worker;
}

async function createEnvironment(options: Partial<EnvironmentCreate> = {}) {
  const made = await createTestEnvironment(client, service.filestoreRoot, options);
  places.push(made);
  return made;
}

async function rowOf(snapshotId: string): Promise<{ attempt: number; status: string }> {
  const sql = `SELECT attempt, status FROM snapshots WHERE id = '${snapshotId}'`;
  const rows = await query<{ attempt: number; status: string }>(service.database, sql);
  return rows[0]!;
}

/** One after the other, each with the worker that the one before has left. */
describe('a worker that is told to stop', { timeout: 60_000 }, () => {
  let worker: ServiceProcess;

  it('hands a long capture to another worker, and ends within the grace period', async () => {
    worker = await startWorker(1);
    const { environment, database } = await createEnvironment();
    const table = await holdTable(database.address);
    const path = { environmentId: environment.id };
    const { id: snapshotId } = await result(snapshotCreate({ client, path }));
    await table.dumpIsWaiting();

    // At once: a capture does not wait for a table for ever.
    const toldAt = Date.now();
    expect(await worker.terminate()).toEqual({ code: 0, signal: null });
    expect(Date.now() - toldAt).toBeLessThan(6_000);
    expect(await rowOf(snapshotId)).toEqual({ attempt: 1, status: 'queued' });
    worker = await startWorker(10);
    await waitUntil('the other one has taken it up', async () => (await rowOf(snapshotId)).attempt === 2);
    await table.release();
    expect(await endOfSnapshot(client, { ...path, snapshotId })).toMatchObject({ status: 'completed', failure: null });
  });

  it('finishes a short capture first, and takes no other', async () => {
    const { environment, database } = await createEnvironment();
    const table = await holdTable(database.address);
    const path = { environmentId: environment.id };
    const { id: snapshotId } = await result(snapshotCreate({ client, path }));
    await table.dumpIsWaiting();

    const ended = worker.terminate();
    await waitUntil('it knows', () => worker.log().includes('Waiting for 1 running job'));
    const { id: next } = await result(snapshotCreate({ client, path }));
    await table.release();
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(await rowOf(snapshotId)).toEqual({ status: 'completed', attempt: 1 });
    expect(await rowOf(next)).toEqual({ status: 'queued', attempt: 0 });
    worker = await startWorker(1);
    expect(await endOfSnapshot(client, { ...path, snapshotId: next })).toMatchObject({ status: 'completed' });
  });

  it('hands a rollback back before the cutover, with nothing left of its own work', async () => {
    const { environment: production, project } = await createEnvironment();
    const staging = await createEnvironment({
      project,
      type: 'staging',
      neutralizeSql: `SELECT pg_sleep(4); UPDATE public.items SET name = 'neutral'`,
    } as Partial<EnvironmentCreate>);
    const { id: snapshotId } = await takeSnapshot(client, production.id);
    const { deploymentId } = await result(
      rollbackCreate({
        client,
        path: { environmentId: production.id },
        body: { snapshotId, targetEnvironmentId: staging.environment.id, createSafetySnapshot: false },
      }),
    );
    const log = () => logOf(client, staging.environment.id, deploymentId);
    await waitUntil('it restores', async () => (await log()).steps.at(-1)?.name === 'stage-database');

    expect(await worker.terminate()).toEqual({ code: 0, signal: null });
    expect(await log()).toMatchObject({ status: 'queued', steps: [] });
    expect(await statesBeside(staging)).toEqual([]);
    await startWorker(10);
    expect(await endOfRollback(client, staging.environment.id, deploymentId)).toMatchObject({ status: 'completed' });
    const names = await query(staging.database.address, 'SELECT DISTINCT name FROM items');
    expect(names).toEqual([{ name: 'neutral' }]);
  });
});
