import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { sampleOf, usually } from '../../../harness/thorough.js';
import { randomNumbers } from '../../../harness/random-numbers.js';
import { captureInMemory } from './memory-capture.js';
import { expectExact } from './read-again.js';

/** `RANDOM_SEED=17 RANDOM_ROUNDS=100 vitest run …` tries others. */
const SEEDS = process.env['RANDOM_SEED'] ? [Number(process.env['RANDOM_SEED'])] : sampleOf([1, 2], 1);
const ROUNDS = Number(process.env['RANDOM_ROUNDS'] ?? usually(4, 8));
const SEGMENT_BYTES = 32 * 1024;

const TABLES = ['narrow', 'wide', 'parted', 'lasting'];

const SCHEMA = `
  CREATE TYPE mood AS ENUM ('glad', 'sad');
  CREATE TABLE narrow (id int PRIMARY KEY, n int, m mood);
  CREATE TABLE wide (id int PRIMARY KEY, n int, body text);
  ALTER TABLE wide ALTER body SET STORAGE EXTERNAL;
  CREATE TABLE parted (id int, n int) PARTITION BY HASH (id);
  CREATE TABLE parted0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE parted1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  CREATE UNLOGGED TABLE lasting (id int PRIMARY KEY, n int);
  INSERT INTO narrow SELECT i, i, 'glad' FROM generate_series(1, 8000) i;
  INSERT INTO wide SELECT i, i, repeat('y', 3000) FROM generate_series(1, 200) i;
  INSERT INTO parted SELECT i, i FROM generate_series(1, 5000) i;
  INSERT INTO lasting SELECT i, i FROM generate_series(1, 3000) i`;

describe('a differential capture after random changes', () => {
  // Of its own: transactions of other tests, in other databases, would make recent rows seem to be newer than the base.
  let server: PostgresServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server.remove());
  /** One whose transactions span captures, and one that ends them at once. */
  let slow: Client;
  let quick: Client;

  beforeEach(async () => {
    database = await createTestDatabase({ server: server.address('postgres') });
    [slow, quick] = (await Promise.all([connect(), connect()])) as [Client, Client];
    await quick.query(SCHEMA);
  });
  afterEach(async () => {
    await Promise.all([slow.end(), quick.end()]);
    await database.drop();
  });

  async function connect(): Promise<Client> {
    const { host, port, user, password, database: name } = database.address;
    const client = new Client({ host, port, user, password, database: name, ssl: false });
    await client.connect();
    // The two may wait for each other's rows; whoever does gives up.
    await client.query(`SET lock_timeout = '50ms'`);
    return client;
  }

  const attempt = (client: Client, statements: string) => client.query(statements).catch(() => undefined);

  it.each(SEEDS)(
    'is what a full read gives, segment by segment (seed %i)',
    { timeout: 60_000 + ROUNDS * 5_000 },
    async (seed) => {
      const below = randomNumbers(seed);
      let open = false;
      let fresh = 100_000;

      function change(): string {
        const table = TABLES[below(TABLES.length)]!;
        const from = below(9000);
        const range = `id BETWEEN ${from} AND ${from + below(60)}`;
        switch (below(7)) {
          case 0:
            return `DELETE FROM ${table} WHERE ${range}`;
          case 1:
            fresh += 1000;
            return `INSERT INTO ${table} (id, n) SELECT i, ${below(100)} FROM generate_series(${fresh}, ${fresh + below(200)}) i`;
          case 2:
            // As many as there were, under the same names.
            return `WITH gone AS (DELETE FROM ${table} WHERE ${range} RETURNING *) INSERT INTO ${table} (id, n) SELECT id + ${(fresh += 1)}, n FROM gone`;
          case 3:
            return `SAVEPOINT s; UPDATE ${table} SET n = n + 1 WHERE ${range}; ROLLBACK TO s; UPDATE ${table} SET n = n + 2 WHERE ${range} AND id % 2 = 0`;
          case 4:
            return `SELECT FROM ${table} WHERE ${range} FOR UPDATE`;
          case 5:
            return `INSERT INTO narrow (id, n) SELECT i, 0 FROM generate_series(${from}, ${from + 20}) i ON CONFLICT (id) DO UPDATE SET n = narrow.n + 1`;
          default:
            return `UPDATE ${table} SET n = n + 1 WHERE ${range}`;
        }
      }

      async function oneStep(): Promise<void> {
        switch (below(12)) {
          case 0:
            if (open) await attempt(slow, below(2) === 0 ? 'COMMIT' : 'ROLLBACK');
            open = false;
            return;
          case 1:
            if (!open) await slow.query('BEGIN');
            open = true;
            await attempt(slow, change());
            return;
          case 2:
            await attempt(quick, `VACUUM ${['', '(FREEZE)', '(FULL)'][below(3)]} ${TABLES[below(2)]}`);
            return;
          case 3:
            await attempt(quick, below(4) === 0 ? `ALTER TYPE mood RENAME VALUE 'glad' TO 'merry'` : 'ANALYZE');
            return;
          case 4:
            await attempt(quick, `BEGIN; ${change()}; ROLLBACK`);
            await attempt(quick, 'ROLLBACK');
            return;
          default:
            await attempt(quick, `BEGIN; ${change()}; COMMIT`);
            await attempt(quick, 'ROLLBACK');
        }
      }

      const options = { segmentBytes: SEGMENT_BYTES, lockTimeoutMs: 200 };
      let base = await captureInMemory(database.address, options);
      let carriedOver = 0;
      let segments = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        for (let step = below(6); step >= 0; step -= 1) await oneStep();
        const next = await captureInMemory(database.address, { ...options, base });
        await expectExact(database.address, next, base);
        carriedOver += next.result.counts.segmentsCarriedOver;
        segments += next.result.counts.segments;
        if (below(4) === 0) base = await captureInMemory(database.address, options);
      }
      await slow.query('ROLLBACK');
      // Otherwise nothing was tried.
      expect(carriedOver).toBeGreaterThan(segments / 10);
      expect(carriedOver).toBeLessThan(segments);
    },
  );
});
