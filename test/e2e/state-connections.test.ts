import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { STATE_CONNECTIONS } from '../../src/database/state-connections.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { takeSnapshot } from './outcomes.js';

const POOL_SIZE = 4;

let service: TestService;
let client: Client;
let places: TestEnvironment[];

beforeAll(async () => {
  service = await startTestService({ DATABASE_POOL_SIZE: String(POOL_SIZE) });
  client = service.client();
  places = await Promise.all([1, 2, 3].map(() => createTestEnvironment(client, service.filestoreRoot)));
});
afterAll(async () => {
  await service.stop();
  for (const { database } of places) await database.drop();
});

it('a process opens no connection to its own database that the documents do not count', async () => {
  const seen = new Map<string, number>();
  const look = async (): Promise<void> => {
    const rows = await query<{ name: string; count: number }>(
      service.database,
      `SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' GROUP BY 1`,
    );
    for (const { name, count } of rows) seen.set(name, Math.max(count, seen.get(name) ?? 0));
  };
  const work = Promise.all(places.map(({ environment }) => takeSnapshot(client, environment.id)));
  const over = work.then(() => true);
  do await look();
  while (!(await Promise.race([over, look().then(() => false)])));

  const allowed = new Map<string, number>([['snapback', POOL_SIZE]]);
  for (const [name, kinds] of Object.entries(STATE_CONNECTIONS))
    allowed.set(
      name,
      Object.values(kinds).reduce((sum: number, count: number) => sum + count, 0),
    );
  // Others look at it as well: this test does.
  seen.delete('test');
  for (const [name, count] of seen) expect(`${name}: ${count <= (allowed.get(name) ?? 0)}`).toBe(`${name}: true`);
  expect(seen.has('snapback-jobs')).toBe(true);
});
