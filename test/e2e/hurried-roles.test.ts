import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { rollbackUndo, snapshotVerify, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { endOfRollback, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

/** What applications have set so that nothing of theirs hangs; the last since PostgreSQL 17. */
const TIMEOUTS = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
];

let service: TestService;
let client: Client;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 10 });
  const { address, admin } = place.database;
  await query(
    address,
    `CREATE FUNCTION slow(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.5); RETURN $1; END';
     CREATE TABLE slow_rows (n int CHECK (slow(n) > 0)); INSERT INTO slow_rows VALUES (1);
     CREATE INDEX ON slow_rows (slow(n))`,
  );
  const known = await query<{ name: string }>(admin, 'SELECT name FROM pg_settings WHERE name = ANY($1)', [TIMEOUTS]);
  for (const { name } of known) await query(admin, `ALTER ROLE "${address.user}" SET ${name} = '10ms'`);
});
afterAll(async () => {
  await service.stop();
  await place.database.drop();
});

it('a role whose sessions are to end soon is captured, verified, rolled back and brought back all the same', async () => {
  const environmentId = place.environment.id;
  const { id: snapshotId } = await takeSnapshot(client, environmentId);
  const path = { environmentId, snapshotId };
  await result(snapshotVerify({ client, path }));
  await waitUntil('the snapshot is proven', async () => {
    const { restorability } = await result(snapshotView({ client, path }));
    return restorability?.state === 'proven';
  });
  await query(place.database.admin, 'DELETE FROM items');
  const log = await rollBack(client, environmentId, { snapshotId });
  expect(log.status).toBe('completed');
  expect(await query(place.database.admin, 'SELECT count(*)::int FROM items')).toEqual([{ count: 100 }]);
  const { deploymentId } = await result(rollbackUndo({ client, path: { deploymentId: log.deploymentId } }));
  const undone = await endOfRollback(client, environmentId, deploymentId);
  expect(undone.status).toBe('completed');
  expect(await query(place.database.admin, 'SELECT count(*)::int FROM items')).toEqual([{ count: 0 }]);
});
