import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { snapshotDelete, snapshotVerify, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import type { Snapshot } from '../../sdk/typescript/generated/types.gen.js';
import { watchVerification } from '../../sdk/typescript/streams/watch.js';
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

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];
const workers: ServiceProcess[] = [];

beforeAll(async () => {
  service = await startTestService({ ROLE: 'api', WORKER_POOLS: 'nobody,mortal' });
  client = service.client();
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await nothingIsLeft(places).finally(() => service.stop());
});

async function newPlace(pool: string): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot, { pool });
  places.push(place);
  return place;
}

async function startWorker(pool: string): Promise<ServiceProcess> {
  const worker = await startServiceProcess({ ...service.env, ROLE: 'worker', WORKER_POOLS: pool });
  workers.push(worker);
  return worker;
}

const pathOf = ({ environmentId, id }: Pick<Snapshot, 'environmentId' | 'id'>) => ({ environmentId, snapshotId: id });

describe('a verification without a worker', () => {
  it('answers a second request with the verification under way, and keeps the snapshot meanwhile', async () => {
    const place = await newPlace('nobody');
    const snapshot = await aside(place);
    const path = pathOf(snapshot);
    const first = await result(snapshotVerify({ client, path }));
    expect(await result(snapshotVerify({ client, path }))).toEqual(first);
    const { error } = await snapshotDelete({ client, path });
    expect(error).toMatchObject({ code: 'snapshot-in-use', status: 409 });
  });

  it('is refused for a snapshot that is not completed', async () => {
    const place = await newPlace('nobody');
    const snapshot = await aside(place, 'failed');
    const { error } = await snapshotVerify({ client, path: pathOf(snapshot) });
    expect(error).toMatchObject({ code: 'snapshot-not-completed', status: 409 });
  });

  it('is done again by another worker when the first one dies, and leaves nothing', { timeout: 60_000 }, async () => {
    const place = await newPlace('mortal');
    const first = await startWorker('mortal');
    await query(
      place.database.address,
      'CREATE TABLE many AS SELECT n, md5(n::text) FROM generate_series(1, 400000) n',
    );
    const snapshot = await takeSnapshot(client, place.environment.id);
    await result(snapshotVerify({ client, path: pathOf(snapshot) }));
    await waitUntil('something is being built', async () => (await statesBeside(place)).length > 0);
    await first.kill();
    await startWorker('mortal');
    const outcomes = new Set<string | null>();
    for await (const { outcome } of watchVerification(client, pathOf(snapshot))) outcomes.add(outcome);
    expect([...outcomes]).toEqual([null, 'equal']);
    expect(await statesBeside(place)).toEqual([]);
  });
});

/** A snapshot that exists in the state database only, of an environment that no worker looks after. */
async function aside(place: TestEnvironment, status = 'completed'): Promise<Snapshot> {
  const rows = await query<{ id: string }>(
    service.database,
    `INSERT INTO snapshots (id, environment_id, project_id, trigger, status, requested_by, database_bytes)
     VALUES (gen_random_uuid(), '${place.environment.id}', '${place.project.id}', 'manual', '${status}', 'a test', 1)
     RETURNING id`,
  );
  return result(snapshotView({ client, path: { environmentId: place.environment.id, snapshotId: rows[0]!.id } }));
}
