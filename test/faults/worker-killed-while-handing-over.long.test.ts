import { randomUUID } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';

const QUEUE = 'rollback.run.abandoned';
let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});

afterAll(() => service.stop());

async function stateOf(id: string): Promise<string | undefined> {
  const [row] = await query<{ state: string }>(
    service.database,
    `SELECT state::text AS state FROM jobs.job WHERE id = '${id}'`,
  );
  return row?.state;
}

it('a lost rollback is handed over although whoever was at it has died as well', { timeout: 60_000 }, async () => {
  const { host, port, database, user, password } = service.database;
  const connection = { host, port, database, user, password, schema: 'jobs', supervise: false, schedule: false };
  const boss = new PgBoss(connection);
  await boss.start();
  const data = { deploymentId: randomUUID() };
  const id = await boss.send(QUEUE, data, { startAfter: 3600 });
  await boss.stop({ graceful: false, close: true });
  // As a worker leaves it that has taken it and was killed in the same moment.
  await query(
    service.database,
    `UPDATE jobs.job SET state = 'active', start_after = now(), started_on = now(), heartbeat_on = now() WHERE id = '${id}'`,
  );
  expect(await stateOf(id!)).toBe('active');
  await waitUntil('somebody else has done it', async () => (await stateOf(id!)) === 'completed', { seconds: 40 });
});
