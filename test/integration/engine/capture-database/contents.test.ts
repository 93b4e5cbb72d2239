import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withConnection } from '../../../../src/engine/postgres/connection/connect.js';
import { digestStatement, outsideCondition, type RowsDigest } from '../../../../src/engine/postgres/sql/rows-digest.js';
import { READING_SETTINGS } from '../../../../src/engine/postgres/connection/session-settings.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { captureInMemory } from './memory-capture.js';

describe('what a capture records of contents that come back from elsewhere', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const sql = (statements: string) => query(database.address, statements);
  const digestOf = (schema: string, name: string, columns: string[], where?: string) =>
    withConnection(database.admin, { settings: READING_SETTINGS }, async (client) => {
      const { rows } = await client.query<RowsDigest>(digestStatement({ schema, name, columns }, where));
      return { rows: Number(rows[0]!.rows), digest: rows[0]!.digest };
    });

  it('says of a materialised view what it had, stale or not', async () => {
    await sql(`CREATE TABLE t AS SELECT 1 AS a; CREATE MATERIALIZED VIEW stale AS SELECT a, a::text AS "Text" FROM t; INSERT INTO t VALUES (2);
      CREATE MATERIALIZED VIEW empty AS SELECT 1 AS a WITH NO DATA; CREATE VIEW plain AS SELECT 1`);
    const capture = await captureInMemory(database.address);
    expect(capture.ofKind('contents')).toEqual([
      {
        kind: 'contents',
        schema: 'public',
        name: 'stale',
        of: 'materialized-view',
        columns: ['a', 'Text'],
        ...(await digestOf('public', 'stale', ['a', 'Text'])),
      },
    ]);
    expect(capture.ofKind('contents')[0]!.rows).toBe(1);
  });

  it('says of extension tables what the rows are that are not captured', async () => {
    const { admin } = database;
    // A schema of its own in which an extension is put together by hand, as a script of one would.
    await query(
      admin,
      `CREATE EXTENSION citext; CREATE TABLE builtin (k int, v text); INSERT INTO builtin VALUES (1, 'one'), (2, 'two');
       CREATE TABLE partly (k int, mine bool); INSERT INTO partly VALUES (1, true), (2, false), (3, NULL);
       CREATE TABLE wholly (k int); INSERT INTO wholly VALUES (1);
       ALTER EXTENSION citext ADD TABLE builtin; ALTER EXTENSION citext ADD TABLE partly; ALTER EXTENSION citext ADD TABLE wholly;
       UPDATE pg_extension SET extconfig = ARRAY['partly'::regclass, 'wholly'::regclass], extcondition = ARRAY['WHERE mine', ''] WHERE extname = 'citext'`,
    );
    const capture = await captureInMemory(admin);
    expect(capture.rows('partly')).toEqual(['1\tt']);
    expect(capture.ofKind('contents').toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      {
        kind: 'contents',
        schema: 'public',
        name: 'builtin',
        of: 'extension-table',
        columns: ['k', 'v'],
        ...(await digestOf('public', 'builtin', ['k', 'v'])),
      },
      {
        kind: 'contents',
        schema: 'public',
        name: 'partly',
        of: 'extension-table',
        columns: ['k', 'mine'],
        condition: 'mine',
        ...(await digestOf('public', 'partly', ['k', 'mine'], outsideCondition('mine'))),
      },
    ]);
    expect(capture.ofKind('contents').find(({ name }) => name === 'partly')!.rows).toBe(2);
  });

  it('is of the cut, and lets the view be refreshed while rows are read', async () => {
    await sql(`CREATE TABLE t AS SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 5000) n;
      CREATE MATERIALIZED VIEW v AS SELECT count(*) AS c FROM t`);
    const before = await digestOf('public', 'v', ['c']);
    let refreshed = 0;
    const capture = await captureInMemory(database.address, {
      segmentBytes: 64 * 1024,
      onStore: async () => {
        if (refreshed++ > 3) return;
        await sql(`SET lock_timeout = '10s'; INSERT INTO t VALUES (0); REFRESH MATERIALIZED VIEW v`);
      },
    });
    // What was rewritten after the cut is not there to be read: then nothing is said of it, and never something wrong.
    for (const entry of capture.ofKind('contents')) expect(entry).toMatchObject(before);
    expect(refreshed).toBeGreaterThan(3);
  });

  it('leaves out what is too large, what somebody holds, and what the role may not read, and goes on', async () => {
    await query(
      database.admin,
      `CREATE EXTENSION citext; CREATE TABLE secret (k int); ALTER EXTENSION citext ADD TABLE secret`,
    );
    await sql(`CREATE MATERIALIZED VIEW large AS SELECT repeat('x', 1000) FROM generate_series(1, 500);
      CREATE MATERIALIZED VIEW held AS SELECT 1 AS a; CREATE MATERIALIZED VIEW small AS SELECT 1 AS a`);
    const { host, port, user, password, database: name } = database.address;
    const other = new Client({ host, port, user, password, database: name, ssl: false });
    await other.connect();
    let later: NodeJS.Timeout | undefined;
    try {
      const capture = await captureInMemory(database.address, {
        contentsBytes: 100_000,
        // Later than pg_dump, which waits for whoever refreshes a view.
        onSettled: async () => {
          await other.query('BEGIN; REFRESH MATERIALIZED VIEW held');
          later = setTimeout(() => void other.query('COMMIT'), 4_000);
        },
      });
      expect(capture.ofKind('contents').map((entry) => entry.name)).toEqual(['small']);
    } finally {
      clearTimeout(later);
      await other.end();
    }
  });

  it('is known of a view whose index is planned with names that leave out their schema', async () => {
    await sql(`SET check_function_bodies = off; CREATE SCHEMA app; CREATE FUNCTION app.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
      CREATE FUNCTION app.quadruple(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT twice(twice(n))';
      ALTER ROLE "${database.address.user}" SET search_path = app, public`);
    await sql('CREATE MATERIALIZED VIEW public.v AS SELECT 1 AS a; CREATE INDEX ON v (quadruple(a))');
    expect((await captureInMemory(database.address)).ofKind('contents')).toMatchObject([{ name: 'v', rows: 1 }]);
  });
});
