import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { sampleOf } from '../../../harness/thorough.js';
import { captureInMemory } from './memory-capture.js';

/** Enough for `pg_dump` to take a moment between our locks and its own. */
const TABLES = 1_500;

describe('a capture that others meet with locks', () => {
  let database: TestDatabase;
  let other: Client;
  let watcher: Client;

  const connect = async (name: string) => {
    const { host, port, user, password, database: databaseName } = database.address;
    const client = new Client({
      host,
      port,
      user,
      password,
      database: databaseName,
      ssl: false,
      application_name: name,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };

  beforeEach(async () => {
    database = await createTestDatabase();
    other = await connect('migration');
    watcher = await connect('watcher');
  });
  afterEach(async () => {
    await other.end();
    await watcher.end();
    await database.drop();
  });

  /** Resolves as soon as the capture holds its lock on the relation. */
  const locked = async (relation: string) => {
    const { rows } = await watcher.query<{ oid: number }>(`SELECT $1::regclass::oid AS oid`, [relation]);
    for (;;) {
      const { rowCount } = await watcher.query(
        `SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE l.relation = $1 AND l.granted AND l.mode = 'AccessShareLock' AND a.application_name = 'snapback capture'`,
        [rows[0]!.oid],
      );
      if (rowCount) return;
    }
  };

  it.each(
    sampleOf(
      [
        ['a table', 't_1500', 'ALTER TABLE t_1500 ADD COLUMN later int'],
        [
          'a parent of partitions, which has no rows of its own',
          'zz_parent',
          'ALTER TABLE zz_parent ADD COLUMN later int',
        ],
      ],
      1,
    ),
  )(
    'lets a change through that comes between its own locks and those of pg_dump, and takes another cut: %s',
    async (_, relation, change) => {
      await query(
        database.address,
        `DO $$ BEGIN FOR n IN 1..${TABLES} LOOP EXECUTE 'CREATE TABLE t_' || n || ' (a int)'; END LOOP; END $$;
       INSERT INTO t_1500 VALUES (1);
       CREATE TABLE zz_parent (a int) PARTITION BY LIST (a); CREATE TABLE zz_child PARTITION OF zz_parent DEFAULT;
       INSERT INTO zz_parent VALUES (1)`,
      );
      const capturing = captureInMemory(database.address, { lockTimeoutMs: 300 });
      capturing.catch(() => undefined);
      await locked(relation === 'zz_parent' ? 'zz_child' : relation);
      const started = performance.now();
      await other.query(change);
      const waited = performance.now() - started;
      const capture = await capturing;
      expect(capture.table(relation === 'zz_parent' ? 'zz_child' : relation).columns).toEqual(['a', 'later']);
      // Not until the end of the capture, and no longer than a few times what anything of ours waits for a lock.
      expect(waited).toBeLessThan(5_000);
    },
  );

  it('waits for an index that is made anew, as long as that takes', async () => {
    await query(
      database.address,
      'CREATE TABLE t AS SELECT n FROM generate_series(1, 5000) n; CREATE INDEX t_n ON t (n)',
    );
    const capture = await captureInMemory(database.address, {
      segmentBytes: 64 * 1024,
      onSettled: async () => {
        await other.query('BEGIN; REINDEX INDEX t_n');
        setTimeout(() => void other.query('COMMIT'), 2_500);
      },
    });
    expect(capture.rows('t')).toHaveLength(5000);
  });
});
