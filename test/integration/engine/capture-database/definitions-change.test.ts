import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { sampleOf } from '../../../harness/thorough.js';
import { captureInMemory } from './memory-capture.js';

describe('a capture while definitions change', () => {
  let database: TestDatabase;
  let other: Client;

  beforeEach(async () => {
    database = await createTestDatabase();
    const { host, port, user, password, database: name } = database.address;
    other = new Client({ host, port, user, password, database: name, ssl: false });
    other.on('error', () => undefined);
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await database.drop();
  });

  const sql = (statements: string) => query(database.address, statements);

  /** A capture in whose middle this is done. */
  const captureDuring = (change: string) => {
    let done = false;
    return captureInMemory(database.address, {
      segmentBytes: 64 * 1024,
      onStore: async () => {
        if (done) return;
        done = true;
        await sql(change);
      },
    });
  };

  /** Somebody of the capture, or the other way round, waits for a lock. */
  const someoneWaits = (application: string) =>
    vi.waitFor(
      async () => {
        const waiting = await query(
          database.admin,
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${application}' AND wait_event_type = 'Lock'`,
        );
        expect(waiting.length).toBeGreaterThan(0);
      },
      { timeout: 10_000, interval: 20 },
    );

  describe('takes another cut when a table was, between the cut and its lock,', () => {
    it.each(
      sampleOf<[string, string, string, string[]]>(
        [
          ['rewritten with another type', 'CREATE TABLE t (a int)', 'ALTER TABLE t ALTER a TYPE bigint', ['1', '2']],
          [
            'rewritten in another order',
            'CREATE TABLE t (a int); CREATE INDEX i ON t (a DESC)',
            'CLUSTER t USING i',
            ['2', '1'],
          ],
          ['emptied and filled again', 'CREATE TABLE t (a int)', 'TRUNCATE t; INSERT INTO t VALUES (3)', ['3']],
          [
            'replaced by another one of its name',
            'CREATE TABLE t (a int); CREATE TABLE s (a int); INSERT INTO s VALUES (9)',
            'ALTER TABLE t RENAME TO u; ALTER TABLE s RENAME TO t',
            ['9'],
          ],
          [
            'given the name of another one, and that one its own',
            'CREATE TABLE t (a int); CREATE TABLE z (a int); INSERT INTO z VALUES (9)',
            'ALTER TABLE t RENAME TO u; ALTER TABLE z RENAME TO t; ALTER TABLE u RENAME TO z',
            ['9'],
          ],
          [
            'dropped and made anew',
            'CREATE TABLE t (a int)',
            'DROP TABLE t; CREATE TABLE t (a text); INSERT INTO t VALUES (4)',
            ['4'],
          ],
        ],
        3,
      ),
    )('%s', async (_, before, change, rows) => {
      await sql(`${before}; INSERT INTO t VALUES (1), (2)`);
      await other.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
      const capturing = captureInMemory(database.address);
      await someoneWaits('snapback capture');
      // A change with a row of its own: whoever reads the rewritten table under the first cut finds it without rows.
      await other.query(change);
      await other.query('COMMIT');
      expect((await capturing).rows('t')).toEqual(rows);
    });
  });

  it('leaves out a table that was dropped before it was locked', async () => {
    await sql('CREATE TABLE t (a int); CREATE TABLE u (a int)');
    await other.query('BEGIN; DROP TABLE t');
    const capturing = captureInMemory(database.address);
    await someoneWaits('snapback capture');
    await other.query('COMMIT');
    expect((await capturing).ofKind('table').map(({ name }) => name)).toEqual(['u']);
  });

  it('does not queue behind a change for long: it waits a bounded time, and then names the table', async () => {
    await sql('CREATE TABLE free (a int); CREATE TABLE busy (a int)');
    await other.query('BEGIN; LOCK TABLE busy IN ACCESS EXCLUSIVE MODE');
    await expect(captureInMemory(database.address, { lockTimeoutMs: 2 })).rejects.toMatchObject({
      code: 'tables-busy',
      message: expect.stringContaining('"public"."busy"') as string,
    });
    await other.query('COMMIT');
    const capture = await captureInMemory(database.address, { lockTimeoutMs: 20 });
    expect(capture.ofKind('table')).toHaveLength(2);
  });

  it('goes on reading a table that somebody waits to change, and lets them change it afterwards', async () => {
    await sql(`CREATE TABLE t AS SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 5000) n`);
    await other.query(`SET application_name = 'migration'`);
    let altering: Promise<unknown> | undefined;
    const capture = await captureInMemory(database.address, {
      segmentBytes: 64 * 1024,
      onStore: async () => {
        if (altering) return;
        altering = other.query('ALTER TABLE t DROP COLUMN filler');
        await someoneWaits('migration');
      },
    });
    expect(capture.rows('t')).toHaveLength(5000);
    expect(capture.rows('t')[0]!.length).toBeGreaterThan(100);
    await altering;
    expect((await captureInMemory(database.address)).table('t').columns).toEqual(['n']);
  });

  it.each(
    sampleOf(
      [
        ['a label that was renamed', `ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'`],
        [
          'a label that was renamed and back again',
          `ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'; COMMIT; ALTER TYPE mood RENAME VALUE 'happy' TO 'glad'`,
        ],
        [
          'a schema that was renamed and back again',
          'ALTER SCHEMA app RENAME TO other_app; COMMIT; ALTER SCHEMA other_app RENAME TO app',
        ],
      ],
      1,
    ),
  )('fails by a sentence on %s while rows were read', async (_, change) => {
    await sql(`CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('glad', 'sad'); CREATE TABLE app.t AS
      SELECT 'glad'::app.mood AS m, repeat('x', 100) AS filler FROM generate_series(1, 5000)`);
    await expect(captureDuring(`SET search_path = app; BEGIN; ${change}; COMMIT`)).rejects.toMatchObject({
      code: 'schema-changed',
      // Which of the two it is depends on whether a reader came to the schema while it had its other name.
      message: expect.stringMatching(/"app"\."t"|schema was renamed/) as string,
    });
  });

  it('fails by a sentence on a schema that is away when a reader comes to it', async () => {
    await sql(`CREATE SCHEMA app; CREATE TABLE app.t AS
      SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 5000) n`);
    await expect(captureDuring('ALTER SCHEMA app RENAME TO other_app')).rejects.toMatchObject({
      code: 'schema-changed',
      message: expect.stringContaining('take it again') as string,
    });
  });

  it('is not disturbed by tables that are made, analysed, vacuumed or indexed meanwhile', async () => {
    await sql(`CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) n`);
    let done = false;
    const capture = await captureInMemory(database.address, {
      onStore: async () => {
        if (done) return;
        done = true;
        await sql('CREATE TABLE later (a int); CREATE INDEX ON t (n)');
        await sql('VACUUM (FREEZE, ANALYZE) t');
      },
    });
    expect(capture.ofKind('table').map(({ name }) => name)).toEqual(['t']);
    expect(capture.rows('t')).toHaveLength(1000);
  });

  it('leaves no session behind when it fails, or is stopped', async () => {
    await sql(`CREATE TABLE t AS SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 20000) n`);
    const stop = new AbortController();
    const reason = new Error('stopped');
    const options = { segmentBytes: 64 * 1024, signal: stop.signal };
    const stopped = captureInMemory(database.address, { ...options, onStore: async () => stop.abort(reason) });
    await expect(stopped).rejects.toBe(reason);
    const full = new Error('the vault is full');
    const failing = captureInMemory(database.address, {
      segmentBytes: 64 * 1024,
      onStore: async () => {
        throw full;
      },
    });
    await expect(failing).rejects.toBe(full);
    await vi.waitFor(async () => {
      const sessions = await query(
        database.admin,
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'snapback capture'`,
      );
      expect(sessions).toEqual([]);
    });
  });
});
