import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  deploymentCreate,
  deploymentView,
  snapshotCancel,
  snapshotCreate,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { childrenRunning } from '../harness/child-processes.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { garbageAfterCollection, publishedIn } from '../harness/vault-view.js';
import { holdTable } from './held-table.js';
import { nothingIsLeft } from './leftovers.js';
import { endOfSnapshot, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startTestService({ CAPTURE_CONCURRENCY: '1' });
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
});

afterAll(async () => {
  await nothingIsLeft([place]).finally(() => service.stop());
});

/** Sessions of captures in the environment's database. */
async function capturing(): Promise<number> {
  const [row] = await query<{ sessions: number }>(
    place.database.address,
    "SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'snapback capture'",
  );
  return row!.sessions;
}

describe('cancelling a snapshot', () => {
  it('ends one that waits for a worker at once', async () => {
    const path = { environmentId: place.environment.id };
    const table = await holdTable(place.database.address);
    const { id: running } = await result(snapshotCreate({ client, path }));
    await table.dumpIsWaiting();
    const { id: waiting } = await result(snapshotCreate({ client, path }));
    const cancelled = await result(snapshotCancel({ client, path: { ...path, snapshotId: waiting } }));
    expect(cancelled).toMatchObject({ status: 'cancelled', startedAt: null, finishedAt: expect.any(String) });
    // Asked twice, it is what was asked for.
    const again = await result(snapshotCancel({ client, path: { ...path, snapshotId: waiting } }));
    expect(again).toEqual(cancelled);

    await table.release();
    expect((await endOfSnapshot(client, { ...path, snapshotId: running })).status).toBe('completed');
    // The job that is left over finds nothing to do, and the next snapshot is taken.
    expect((await takeSnapshot(client, place.environment.id)).status).toBe('completed');
    expect((await endOfSnapshot(client, { ...path, snapshotId: waiting })).status).toBe('cancelled');
  });

  it('ends the programs of a running one, leaves nothing of it in the vault, and decides the gate', async () => {
    const path = { environmentId: place.environment.id };
    const table = await holdTable(place.database.address);
    const deployment = await result(deploymentCreate({ client, path }));
    const snapshotId = deployment.snapshotId!;
    await table.dumpIsWaiting();
    expect(await capturing()).toBeGreaterThan(0);

    const askedAt = Date.now();
    expect((await snapshotCancel({ client, path: { ...path, snapshotId } })).response?.status).toBe(202);
    const snapshot = await endOfSnapshot(client, { ...path, snapshotId });
    expect(Date.now() - askedAt).toBeLessThan(5_000);
    expect(snapshot).toMatchObject({ status: 'cancelled', failure: null, databaseBytes: null, storedBytes: null });
    // The definitions were being read, before any data.
    expect(snapshot.steps).toMatchObject([
      { name: 'prepare', status: 'cancelled', detail: null, finishedAt: snapshot.finishedAt },
    ]);
    expect(await childrenRunning('pg_dump')).toEqual([]);
    await waitUntil('nobody captures any more', async () => (await capturing()) === 0);
    const decided = await result(deploymentView({ client, path: { deploymentId: deployment.id } }));
    expect(decided).toMatchObject({ gate: 'closed', gateReason: expect.stringContaining('cancelled') });
    await table.release();

    expect(await publishedIn(service, place.project.id)).not.toContain(snapshotId);
    expect(await garbageAfterCollection(service, place.project.id)).toEqual([]);
  });

  it('is refused when it has ended', async () => {
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    const path = { environmentId: place.environment.id, snapshotId };
    const { error, response } = await snapshotCancel({ client, path });
    expect([response?.status, error?.code]).toEqual([409, 'snapshot-ended']);
    expect((await endOfSnapshot(client, path)).status).toBe('completed');
  });
});
