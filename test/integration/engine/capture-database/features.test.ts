import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { captureInMemory, type MemoryCapture } from './memory-capture.js';

describe('what a capture reads of a database', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const sql = (statements: string) => query(database.address, statements);
  const asAdmin = (statements: string) => query(database.admin, statements);

  it('has the database first, each table before its segments, and every row with its values', async () => {
    await sql(
      `CREATE TABLE plain (id int PRIMARY KEY, label text); INSERT INTO plain VALUES (1, 'one'), (2, NULL), (3, E'a\\tb')`,
    );
    const capture = await captureInMemory(database.address);
    const kinds = capture.entries.map(({ kind }) => kind);
    // The description is read beside the rows, and comes when it comes.
    expect(kinds.filter((kind) => kind !== 'description')).toEqual(['database', 'table', 'segment']);
    expect(kinds).toHaveLength(4);
    expect(capture.table('plain')).toMatchObject({ schema: 'public', columns: ['id', 'label'] });
    expect(capture.rows('plain')).toEqual(['1\tone', '2\t\\N', '3\ta\\tb']);
    expect(capture.segments('plain')).toMatchObject([{ fromBlock: 0, rows: 3 }]);
    expect(capture.result).toMatchObject({
      type: 'full',
      canBeBase: true,
      counts: { tables: 1, segments: 1, segmentsCarriedOver: 0, bytesCarriedOver: 0 },
    });
  });

  it('keeps what belongs to the database itself', async () => {
    const name = database.address.database;
    await sql(`ALTER DATABASE "${name}" SET search_path = app, public`);
    await sql(`REVOKE CONNECT ON DATABASE "${name}" FROM PUBLIC`);
    const { properties, databaseBytes, serverVersion } = (await captureInMemory(database.address)).database;
    expect(properties).toMatchObject({
      encoding: 'UTF8',
      localeProvider: 'libc',
      owner: database.address.user,
      settings: [{ role: '', setting: 'search_path=app, public' }],
    });
    expect(properties.privileges?.join(' ')).toContain(database.address.user);
    expect(databaseBytes).toBeGreaterThan(1_000_000);
    expect(serverVersion).toMatch(/^\d+/);
  });

  describe('of one database with much in it', () => {
    let all: TestDatabase;
    let capture: MemoryCapture;

    beforeAll(async () => {
      all = await createTestDatabase();
      await query(
        all.address,
        `CREATE TABLE archived (a text); INSERT INTO archived VALUES ('a row of the table'); SELECT lo_from_bytea(0, 'within a large object');

         CREATE TABLE parted (a int) PARTITION BY RANGE (a);
         CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
         CREATE TABLE part2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
         INSERT INTO parted VALUES (1), (11), (12);
         CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent);
         INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);

         CREATE TABLE generating (id int GENERATED ALWAYS AS IDENTITY, gone int, twice int GENERATED ALWAYS AS (n * 2) STORED, n int);
         INSERT INTO generating (gone, n) VALUES (7, 21);
         ALTER TABLE generating DROP COLUMN gone; ALTER TABLE generating ADD COLUMN late text DEFAULT 'x';

         CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
         CREATE TABLE computed (a int GENERATED ALWAYS AS (1) STORED); INSERT INTO computed DEFAULT VALUES;

         CREATE SEQUENCE used START 5; SELECT nextval('used'), nextval('used'); CREATE SEQUENCE fresh;
         CREATE SEQUENCE big START 9223372036854775807;

         CREATE MATERIALIZED VIEW z_first AS SELECT 1 AS a; CREATE VIEW between_them AS SELECT * FROM z_first;
         CREATE MATERIALIZED VIEW a_second AS SELECT * FROM between_them;
         CREATE MATERIALIZED VIEW empty AS SELECT 1 AS a WITH NO DATA;

         CREATE MATERIALIZED VIEW below AS SELECT 1 AS a; CREATE MATERIALIZED VIEW above AS SELECT * FROM below;
         REFRESH MATERIALIZED VIEW below WITH NO DATA`,
      );
      capture = await captureInMemory(all.address);
    });
    afterAll(() => all.drop());

    it('has definitions and large objects, but no rows, in the archive', () => {
      const archive = capture.text(capture.database.content);
      expect(archive.startsWith('PGDMP')).toBe(true);
      expect(archive).toContain('CREATE TABLE public.archived');
      expect(archive).toContain('within a large object');
      expect(archive).not.toContain('a row of the table');
    });

    it('has partitions but not their parents, and children of inheritance each with their own rows', () => {
      const names = capture.ofKind('table').map(({ name }) => name);
      expect(names.filter((name) => /^(par|child)/.test(name))).toEqual(['child', 'parent', 'part1', 'part2']);
      expect(capture.rows('part2')).toEqual(['11', '12']);
      expect(capture.rows('parent')).toEqual(['1']);
      expect(capture.rows('child')).toEqual(['2\t3']);
    });

    it('leaves out columns that are generated or dropped, and keeps identity columns', () => {
      expect(capture.table('generating').columns).toEqual(['id', 'n', 'late']);
      expect(capture.rows('generating')).toEqual(['1\t21\tx']);
    });

    it('counts the rows of tables that have no column of their own', () => {
      expect(capture.segments('nothing')).toMatchObject([{ rows: 2, content: { bytes: 2 } }]);
      expect(capture.rows('nothing')).toEqual(['', '']);
      expect(capture.table('computed').columns).toEqual([]);
      expect(capture.rows('computed')).toEqual(['']);
    });

    it('has where every sequence stands, also of identity columns and of ones never used', () => {
      const sequences = capture.ofKind('sequence');
      expect(sequences.map(({ name, lastValue, isCalled }) => [name, lastValue, isCalled])).toEqual([
        ['big', '9223372036854775807', false],
        ['fresh', '1', false],
        ['generating_id_seq', '1', true],
        ['used', '6', true],
      ]);
    });

    it('has filled materialised views in an order in which they can be refreshed', () => {
      expect(capture.ofKind('materialized-view').map(({ name }) => name)).toEqual(['z_first', 'a_second']);
    });

    it('tells which filled materialised view cannot be refreshed', () => {
      expect(capture.ofKind('warning')).toMatchObject([
        { code: 'materialized-view-not-refreshed', message: expect.stringContaining('"above"') as string },
      ]);
    });
  });

  it('has unlogged tables unless told otherwise, and no temporary ones', async () => {
    await sql('CREATE UNLOGGED TABLE u (a int); INSERT INTO u VALUES (1); CREATE TEMPORARY TABLE passing (a int)');
    const names = (capture: Awaited<ReturnType<typeof captureInMemory>>) =>
      capture.ofKind('table').map(({ name }) => name);
    expect(names(await captureInMemory(database.address))).toEqual(['u']);
    expect(names(await captureInMemory(database.address, { includeUnlogged: false }))).toEqual([]);
  });

  it('has no rows of foreign tables', async () => {
    await asAdmin(`CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
      CREATE FOREIGN TABLE elsewhere (a text) SERVER files OPTIONS (filename '/etc/hostname')`);
    const capture = await captureInMemory(database.admin);
    expect(capture.ofKind('table')).toEqual([]);
    expect(capture.text(capture.database.content)).toContain('FOREIGN TABLE public.elsewhere');
  });

  it('has any legal name', async () => {
    const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
    // A name has at most 63 bytes.
    const names = [printable.slice(0, 50).join(''), printable.slice(50).join(''), ' Größe 名前 ', 'select'];
    for (const name of names) {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      await sql(`CREATE TABLE ${quoted} (${quoted} int, "a b" text); INSERT INTO ${quoted} VALUES (1, 'x')`);
    }
    const capture = await captureInMemory(database.address, { segmentBytes: 1 });
    expect(
      capture
        .ofKind('table')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(names.toSorted());
    for (const name of names) {
      expect(capture.table(name).columns).toEqual([name, 'a b']);
      expect(capture.rows(name)).toEqual(['1\tx']);
    }
  });

  it('reads the bytes of text as they are in a database of another encoding', async () => {
    const latin = await createTestDatabase({ options: `ENCODING 'LATIN1' LOCALE 'C'` });
    try {
      await query(latin.address, `CREATE TABLE "größe" ("maß" text); INSERT INTO "größe" VALUES ('äöü')`);
      const capture = await captureInMemory(latin.address);
      expect(capture.database.properties.encoding).toBe('LATIN1');
      expect(capture.table('größe').columns).toEqual(['maß']);
      expect(capture.text(capture.segments('größe')[0]!.content)).toBe('äöü\n');
    } finally {
      await latin.drop();
    }
  });

  it('leaves out the schema of the mark, also what somebody else put there', async () => {
    await sql(`CREATE SCHEMA snapback; CREATE TABLE snapback.foreign_body (a int); CREATE SEQUENCE snapback.s`);
    const capture = await captureInMemory(database.address);
    expect(capture.ofKind('table')).toEqual([]);
    expect(capture.ofKind('sequence')).toEqual([]);
    expect(capture.text(capture.database.content)).not.toContain('snapback');
    expect(capture.result.canBeBase).toBe(true);
  });

  it('takes every row once from tables of many segments, also rows that came after the size was taken', async () => {
    await sql(`CREATE TABLE many AS SELECT n, repeat('x', 200) AS filler FROM generate_series(1, 8000) n;
      CREATE TABLE wide AS SELECT n, string_agg(md5(n::text || m), '') AS filler FROM generate_series(1, 200) n, generate_series(1, 100) m GROUP BY n`);
    const capture = await captureInMemory(database.address, {
      segmentBytes: 96 * 1024,
      onSettled: async () => {
        await sql(
          `INSERT INTO many SELECT n, 'after the cut' FROM generate_series(8001, 16000) n; DELETE FROM many WHERE n < 100`,
        );
      },
    });
    expect(capture.segments('many').length).toBeGreaterThan(10);
    // Nearly all of it is long values that lie elsewhere.
    expect(capture.segments('wide').length).toBeGreaterThan(1);
    const numbers = capture.rows('many').map((row) => Number(row.split('\t')[0]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 8_000 }, (_, index) => index + 1));
    expect(capture.rows('wide')).toHaveLength(200);
    const rows = capture.segments('many').reduce((sum, segment) => sum + segment.rows, 0);
    expect(rows).toBe(8_000);
  });

  it('limits the bytes it reads in a second', async () => {
    await sql(`CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 1500)`);
    const started = performance.now();
    await captureInMemory(database.address, { maxBytesPerSecond: 1_000_000, segmentBytes: 100_000 });
    expect(performance.now() - started).toBeGreaterThan(400);
  });

  it('refuses by a sentence to read a table whose rows it may not see', async () => {
    await asAdmin(`CREATE TABLE hidden (a int); INSERT INTO hidden VALUES (1); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
      GRANT SELECT ON hidden TO "${database.address.user}"`);
    await expect(captureInMemory(database.address)).rejects.toMatchObject({
      code: 'database-permission-denied',
      message: expect.stringContaining('row-level security') as string,
    });
    // Its owner, and who may bypass it, see all.
    expect((await captureInMemory(database.admin)).rows('hidden')).toEqual(['1']);
  });

  it('refuses by a sentence to read a table it has no privilege on', async () => {
    await asAdmin('CREATE TABLE secret (a int)');
    await expect(captureInMemory(database.address)).rejects.toMatchObject({ code: 'database-permission-denied' });
  });
});
