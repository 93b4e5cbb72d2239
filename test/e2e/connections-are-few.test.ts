import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { snapshotVerify, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

/** As on a machine with many cores. */
const CORES = 48;
/** What a role of a hosted database often has. */
const ROLE_LIMIT = 12;

let service: TestService;
let client: Client;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startTestService({ CAPTURE_CONNECTIONS: String(CORES) });
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  const { database } = place;
  const tables = Array.from({ length: CORES }, (_, n) => `CREATE TABLE t${n} AS SELECT generate_series(1, 2000) n`);
  await query(database.address, tables.join(';'));
  await query(database.admin, `ALTER ROLE "${database.address.user}" CONNECTION LIMIT ${ROLE_LIMIT}`);
});
afterAll(async () => {
  await service.stop();
  await place.database.drop();
});

it('a snapshot, its verification and a rollback get along with what a role may have, however many cores there are', async () => {
  const environmentId = place.environment.id;
  const { id: snapshotId } = await takeSnapshot(client, environmentId);
  const path = { environmentId, snapshotId };
  await result(snapshotVerify({ client, path }));
  await waitUntil('the snapshot is proven', async () => {
    const { restorability } = await result(snapshotView({ client, path }));
    return restorability?.state === 'proven';
  });
  const log = await rollBack(client, environmentId, { snapshotId });
  expect(log).toMatchObject({ status: 'completed' });
});
