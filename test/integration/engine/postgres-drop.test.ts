import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { allowConnections } from '../../harness/allow-connections.js';
import { withConnection } from '../../../src/engine/postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { dropDatabaseIfExists } from '../../../src/engine/postgres/databases/drop-database.js';
import { createShadowDatabase, shadowDatabaseName } from '../../../src/engine/postgres/databases/shadow-database.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { startPostgresServer } from '../../harness/postgres-server.js';

const opened: TestDatabase[] = [];

afterEach(async () => {
  for (const database of opened.splice(0)) await database.drop();
});

/** A database whose role is no superuser, and an empty shadow beside it. */
async function withShadow(): Promise<{ address: DatabaseAddress; shadow: string }> {
  const live = await createTestDatabase();
  opened.push(live);
  const shadow = shadowDatabaseName(randomUUID());
  await createShadowDatabase(
    { ...live.address, database: 'postgres' },
    await gatherDatabaseFacts(live.address),
    shadow,
  );
  return { address: live.address, shadow };
}

describe('dropping a database', () => {
  it('ends its sessions, and is content when there is none', async () => {
    const { address, shadow } = await withShadow();
    const sleeping = query({ ...address, database: shadow }, 'SELECT pg_sleep(30)').catch((error: unknown) => error);

    await dropDatabaseIfExists(address, shadow, { timeoutMs: 10_000 });
    await dropDatabaseIfExists(address, shadow, { timeoutMs: 10_000 });

    expect(await sleeping).toBeInstanceOf(Error);
    expect(await query(address, 'SELECT FROM pg_database WHERE datname = $1', [shadow])).toEqual([]);
  });

  it.each([
    ['is closed', (shadow: string) => allowConnections(inject('postgres'), shadow, false)],
    [
      'an interrupted DROP left behind',
      (shadow: string) =>
        query(inject('postgres'), 'UPDATE pg_database SET datconnlimit = -2 WHERE datname = $1', [shadow]),
    ],
  ])('works on one that %s', async (_, prepare) => {
    const { address, shadow } = await withShadow();
    await prepare(shadow);

    await dropDatabaseIfExists(address, shadow, { timeoutMs: 10_000 });

    expect(await query(address, 'SELECT FROM pg_database WHERE datname = $1', [shadow])).toEqual([]);
  });

  it('gives up after the time allowed', async () => {
    const { address, shadow } = await withShadow();
    // Somebody in another database holds a lock on it.
    await withConnection(inject('postgres'), {}, async (client) => {
      await client.query(`BEGIN; COMMENT ON DATABASE "${shadow}" IS 'x'`);
      await expect(dropDatabaseIfExists(address, shadow, { timeoutMs: 300 })).rejects.toMatchObject({
        code: 'database-error',
        message: expect.stringContaining('timeout'),
      });
      await client.query('COMMIT');
    });
  });

  it('is not kept from it by autovacuum, which a role without privileges may not end', async () => {
    const server = await startPostgresServer({
      settings: { autovacuum_naptime: '1s', autovacuum_vacuum_cost_delay: '100', autovacuum_vacuum_cost_limit: '1' },
    });
    try {
      const admin = server.address('postgres');
      await query(admin, "CREATE ROLE app LOGIN CREATEDB PASSWORD 'secret'");
      await query(admin, 'CREATE DATABASE busy OWNER app');
      const busy = server.address('busy', 'app', 'secret');
      await query(busy, "CREATE TABLE t AS SELECT i, repeat('x', 500) FROM generate_series(1, 20000) i");
      await query(busy, 'DELETE FROM t');
      const vacuuming = "SELECT FROM pg_stat_activity WHERE datname = 'busy' AND backend_type = 'autovacuum worker'";
      await expect.poll(() => query(admin, vacuuming), { timeout: 20_000 }).toHaveLength(1);

      await dropDatabaseIfExists({ ...busy, database: 'postgres' }, 'busy', { timeoutMs: 10_000 });

      expect(await query(admin, "SELECT FROM pg_database WHERE datname = 'busy'")).toEqual([]);
    } finally {
      await server.remove();
    }
  });
});
