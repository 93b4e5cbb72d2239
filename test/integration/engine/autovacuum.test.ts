import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { enterAndClose } from '../../../src/engine/postgres/connection/closed-database.js';
import { query } from '../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../harness/postgres-server.js';
import { quietly } from './restore-fixture.js';

let server: PostgresServer;

beforeAll(async () => {
  // It is there at once, and stays for minutes.
  const settings = {
    autovacuum_naptime: '1s',
    autovacuum_vacuum_cost_delay: '100ms',
    autovacuum_vacuum_cost_limit: '1',
  };
  server = await startPostgresServer({ auth: 'trust', settings });
});
afterAll(() => server.remove());

async function workers(): Promise<number> {
  const [row] = await query<{ count: number }>(
    server.address('postgres'),
    `SELECT count(*)::int FROM pg_stat_activity WHERE datname = 'app' AND backend_type = 'autovacuum worker'`,
  );
  return row!.count;
}

it('the server that tidies up in a closed database is nobody who has to be sent away', async () => {
  await query(server.address('postgres'), 'CREATE ROLE app LOGIN CREATEDB');
  await query(server.address('postgres'), 'CREATE DATABASE app OWNER app');
  const address = { ...server.address('app'), user: 'app' };
  await query(address, 'CREATE TABLE t AS SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, 50000) n');
  await query(address, 'DELETE FROM t WHERE n % 2 = 0');
  while ((await workers()) === 0) await sleep(50);
  await query(server.address('postgres'), 'ALTER DATABASE app ALLOW_CONNECTIONS false');

  const [database] = await query<{ oid: number }>(
    server.address('postgres'),
    `SELECT oid FROM pg_database WHERE datname = 'app'`,
  );
  const maintenance = { ...address, database: 'postgres' };
  const closed = await enterAndClose({
    ...{ maintenance, address, oid: database!.oid, connections: 1, settings: {}, isEmpty: false },
    signal: quietly.signal,
  });
  expect(await workers()).toBe(1);
  await closed.close();
});
