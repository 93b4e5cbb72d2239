import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withConnection } from '../../../../src/engine/postgres/connection/connect.js';
import { addDigests, digestStatement, type RowsDigest } from '../../../../src/engine/postgres/sql/rows-digest.js';
import { READING_SETTINGS } from '../../../../src/engine/postgres/connection/session-settings.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { captureInMemory, type MemoryCapture } from './memory-capture.js';

describe('what a capture records of generated columns', () => {
  // Of its own: transactions of other tests would keep every row from being old enough to be carried over.
  let server: PostgresServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    database = await createTestDatabase({ server: server.address('postgres') });
  });
  afterEach(() => database.drop());

  const sql = (statements: string) => query(database.address, statements);

  /** Of the whole table, as the server says it now. */
  const digestOf = (name: string, columns: string[]) =>
    withConnection(database.address, { settings: READING_SETTINGS }, async (client) => {
      const { rows } = await client.query<RowsDigest>(digestStatement({ schema: 'public', name, columns }));
      return rows[0]!;
    });

  const sum = (capture: MemoryCapture, name: string) =>
    capture.segments(name).reduce((all, segment) => addDigests(all, segment.generatedDigest ?? 'none'), '0');

  const TABLE = `CREATE TABLE t (n int, twice int GENERATED ALWAYS AS (n * 2) STORED, label text, loud text GENERATED ALWAYS AS (upper(label)) STORED);
    INSERT INTO t (n, label) SELECT n, 'label ' || n FROM generate_series(1, 5000) n`;

  it('says their names, and of each segment a digest; those of all segments add up to that of the table', async () => {
    await sql(`${TABLE}; CREATE TABLE plain AS SELECT 1 AS a`);
    const capture = await captureInMemory(database.address, { segmentBytes: 64 * 1024 });
    const { columns, generated } = capture.table('t');
    expect({ columns, generated }).toEqual({ columns: ['n', 'label'], generated: ['twice', 'loud'] });
    expect(capture.segments('t').length).toBeGreaterThan(1);
    const { rows, digest } = await digestOf('t', [...columns, ...generated!]);
    expect({ rows, digest }).toEqual({ rows: '5000', digest: sum(capture, 't') });
    expect(capture.table('plain')).not.toHaveProperty('generated');
    expect(capture.segments('plain')[0]).not.toHaveProperty('generatedDigest');
  });

  it('is of the cut, not of now', async () => {
    await sql(TABLE);
    const { digest } = await digestOf('t', ['n', 'label', 'twice', 'loud']);
    const capture = await captureInMemory(database.address, {
      segmentBytes: 64 * 1024,
      onSettled: async () => {
        await sql(`UPDATE t SET label = 'another one'`);
      },
    });
    expect(sum(capture, 't')).toBe(digest);
  });

  it('tells generated values apart that stand for the same rows', async () => {
    await sql(`CREATE TABLE rate (r int); INSERT INTO rate VALUES (2);
      CREATE FUNCTION rated(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN n * (SELECT r FROM public.rate); END $$;
      CREATE TABLE t (n int, v int GENERATED ALWAYS AS (rated(n)) STORED); INSERT INTO t VALUES (1), (2)`);
    const before = sum(await captureInMemory(database.address), 't');
    await sql(`UPDATE rate SET r = 3; TRUNCATE t; INSERT INTO t VALUES (1), (2)`);
    expect(sum(await captureInMemory(database.address), 't')).not.toBe(before);
  });

  it('is carried over with the rows', async () => {
    await sql(TABLE);
    const base = await captureInMemory(database.address, { segmentBytes: 64 * 1024 });
    await sql('UPDATE t SET n = -1 WHERE n = 1');
    const differential = await captureInMemory(database.address, { base, segmentBytes: 64 * 1024 });
    expect(differential.segments('t').some(({ carriedOver }) => carriedOver)).toBe(true);
    expect(sum(differential, 't')).toBe((await digestOf('t', ['n', 'label', 'twice', 'loud'])).digest);
  });

  it('makes a table be read again whose base does not say it', async () => {
    await sql(TABLE);
    const base = await captureInMemory(database.address);
    for (const entry of base.entries) if (entry.kind === 'segment') delete entry.generatedDigest;
    const differential = await captureInMemory(database.address, { base });
    expect(differential.segments('t').some(({ carriedOver }) => carriedOver)).toBe(false);
    expect(differential.table('t').reason).toMatch(/generated/);
    expect(sum(differential, 't')).toBe((await digestOf('t', ['n', 'label', 'twice', 'loud'])).digest);
  });

  it('has a digest of tables without rows, and of those without a column of their own', async () => {
    await sql(`CREATE TABLE nothing (n int, twice int GENERATED ALWAYS AS (n * 2) STORED);
      CREATE TABLE computed (a int GENERATED ALWAYS AS (1) STORED); INSERT INTO computed DEFAULT VALUES`);
    const capture = await captureInMemory(database.address);
    expect(capture.segments('nothing')).toMatchObject([{ rows: 0, generatedDigest: '0' }]);
    expect(sum(capture, 'computed')).toBe((await digestOf('computed', ['a'])).digest);
  });

  it.each([
    ['where a comma stands', `('a,b', 'c')`, `('a', 'b,c')`],
    ['NULL and the empty text', `(NULL, 'x')`, `('', 'x')`],
    ['a quote', `('"', 'x')`, `('""', 'x')`],
    ['a backslash', `('\\', 'x')`, `('\\\\', 'x')`],
    ['one row and two of them', `('a', 'b')`, `('a', 'b'), ('a', 'b')`],
    ['which row has which value', `('a', 'b'), ('c', 'd')`, `('a', 'd'), ('c', 'b')`],
  ])('tells apart: %s', async (_, one, two) => {
    await sql('CREATE TABLE one (a text, b text); CREATE TABLE two (a text, b text)');
    await sql(`INSERT INTO one VALUES ${one}; INSERT INTO two VALUES ${two}`);
    const digests = [await digestOf('one', ['a', 'b']), await digestOf('two', ['a', 'b'])];
    expect(digests[0]!.digest).not.toBe(digests[1]!.digest);
  });

  it('does not depend on the order of rows, and takes as many columns as a table can have', async () => {
    const columns = Array.from({ length: 1600 }, (_, index) => `c${index}`);
    await sql(`CREATE TABLE one (a int); CREATE TABLE two (a int); INSERT INTO one VALUES (1), (2), (3); INSERT INTO two VALUES (3), (1), (2);
      CREATE TABLE wide (${columns.map((column) => `${column} "char"`).join(', ')}); INSERT INTO wide DEFAULT VALUES`);
    expect(await digestOf('one', ['a'])).toEqual(await digestOf('two', ['a']));
    expect(await digestOf('wide', columns)).toMatchObject({ rows: '1' });
  });

  it("uses nobody else's functions and operators", async () => {
    await sql('CREATE TABLE t AS SELECT 1 AS a');
    const before = await digestOf('t', ['a']);
    await sql(`CREATE FUNCTION public.count(*) RETURNS int LANGUAGE sql AS 'SELECT 7'`).catch(() => undefined);
    await sql(`CREATE FUNCTION public.mine(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
      CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = public.mine)`);
    const after = await withConnection(
      database.address,
      { settings: { ...READING_SETTINGS, search_path: 'public, pg_catalog' } },
      async (client) =>
        (await client.query<RowsDigest>(digestStatement({ schema: 'public', name: 't', columns: ['a'] }))).rows[0],
    );
    expect(after).toEqual(before);
  });
});
