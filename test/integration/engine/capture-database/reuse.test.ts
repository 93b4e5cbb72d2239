import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { captureInMemory, type MemoryCapture } from './memory-capture.js';
import { expectAllReused, expectExact, expectNoneReused, reuse } from './read-again.js';

const SEGMENT_BYTES = 64 * 1024;

describe('a differential capture', () => {
  // Of its own: transactions of other tests, in other databases, would make recent rows seem to be newer than the base.
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
  const asAdmin = (statements: string) => query(database.admin, statements);
  const full = (address = database.address) => captureInMemory(address, { segmentBytes: SEGMENT_BYTES });

  /** Against the base; and whatever was carried over is held against what is there. */
  async function differential(base: MemoryCapture, address = database.address): Promise<MemoryCapture> {
    const capture = await captureInMemory(address, { segmentBytes: SEGMENT_BYTES, base });
    expect(capture.result.type).toBe('differential');
    expect(capture.database.lineage).toBeUndefined();
    await expectExact(address, capture, base);
    return capture;
  }

  const MANY = `CREATE TABLE many AS SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 3000) n`;

  it('reads nothing of what has not changed', async () => {
    await sql(MANY);
    const base = await full();
    const next = await differential(base);
    expectAllReused(next, 'many');
    expect(next.result).toMatchObject({
      canBeBase: false,
      reasons: [],
      counts: { bytesRead: 0, segmentsCarriedOver: base.segments('many').length },
    });
    expect(next.result.counts.bytesCarriedOver).toBe(base.result.counts.bytesRead);
    expect(next.rows('many', base)).toEqual(base.rows('many'));
  });

  it('is not disturbed by statistics, freezing, vacuum, indexes, storage options, grants or a new name', async () => {
    await sql(`${MANY}; DELETE FROM many WHERE n % 10 = 0; CREATE TABLE plain AS TABLE many`);
    const base = await full();
    await sql('ANALYZE');
    await sql('VACUUM (FREEZE) many');
    await sql(`CREATE INDEX ON many (n); ALTER TABLE many SET (fillfactor = 50); GRANT SELECT ON many TO PUBLIC;
      COMMENT ON TABLE many IS 'much'; ALTER TABLE plain RENAME TO renamed`);
    const next = await differential(base);
    expectAllReused(next, 'many');
    expectAllReused(next, 'renamed');
    expect(next.result.counts.bytesRead).toBe(0);
  });

  it('is not disturbed by what was undone, locked or only prepared', async () => {
    await sql(MANY);
    const base = await full();
    await sql(`BEGIN; UPDATE many SET filler = 'never' WHERE n < 100; DELETE FROM many WHERE n > 2700; ROLLBACK`);
    await sql('BEGIN; SELECT n FROM many WHERE n < 500 FOR UPDATE; COMMIT');
    await sql(
      `BEGIN; UPDATE many SET filler = 'not yet' WHERE n = 1; PREPARE TRANSACTION 'pending-${database.address.database}'`,
    );
    try {
      expectAllReused(await differential(base), 'many');
      await sql(`COMMIT PREPARED 'pending-${database.address.database}'`);
    } catch (error) {
      await sql(`ROLLBACK PREPARED 'pending-${database.address.database}'`).catch(() => undefined);
      throw error;
    }
    expect(reuse(await differential(base), 'many').carriedOver).toBeLessThan(base.segments('many').length);
  });

  it('finds what a transaction wrote that was under way when the base was taken', async () => {
    await sql(`${MANY}; CREATE TABLE few (a int); INSERT INTO few VALUES (1)`);
    const { host, port, user, password, database: name } = database.address;
    const open = new Client({ host, port, user, password, database: name, ssl: false });
    await open.connect();
    try {
      // Its own id is the horizon itself; that of its savepoint is a later one.
      await open.query(
        `BEGIN; UPDATE few SET a = 2; SAVEPOINT one; UPDATE many SET filler = 'late' WHERE n = 1; RELEASE one`,
      );
      const base = await full();
      // Younger transactions end before it does.
      for (let n = 0; n < 5; n += 1) await sql(`INSERT INTO many VALUES (${20_000 + n}, 'younger')`);
      await open.query('COMMIT');
      const next = await differential(base);
      expect(next.rows('many', base)).toContain('1\tlate');
      expect(next.rows('few', base)).toEqual(['2']);
    } finally {
      await open.end();
    }
  });

  describe('reads a table again', () => {
    /** A table before the base, what happens to it, each in a schema of its own. */
    const CASES: [name: string, before: string, change: string, reason?: string][] = [
      ['that was rewritten by VACUUM FULL', MANY, 'VACUUM FULL many'],
      ['that was rewritten in another order', `${MANY}; CREATE INDEX by_n ON many (n)`, 'CLUSTER many USING by_n'],
      [
        'whose integers became oids without a rewrite',
        'CREATE TABLE many (a int); INSERT INTO many VALUES (-1)',
        'ALTER TABLE many ALTER a TYPE oid',
      ],
      [
        'whose times got a zone without a rewrite',
        `SET TimeZone = 'UTC'; CREATE TABLE many (a timestamp); INSERT INTO many VALUES ('2020-01-01')`,
        `SET TimeZone = 'UTC'; ALTER TABLE many ALTER a TYPE timestamptz`,
      ],
      [
        'with a column that was dropped and added again with the same name and another default',
        `CREATE TABLE many (a int); INSERT INTO many VALUES (1); ALTER TABLE many ADD b int DEFAULT 1`,
        'ALTER TABLE many DROP b; ALTER TABLE many ADD b int DEFAULT 2',
      ],
      [
        'with a label that was renamed',
        `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE many (a mood); INSERT INTO many VALUES ('glad')`,
        `ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'`,
      ],
      [
        'with labels that changed places',
        `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE many (a mood); INSERT INTO many VALUES ('glad')`,
        `ALTER TYPE mood RENAME VALUE 'glad' TO 'x'; ALTER TYPE mood RENAME VALUE 'sad' TO 'glad'; ALTER TYPE mood RENAME VALUE 'x' TO 'sad'`,
      ],
      [
        'with a label within an array',
        `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE many (a mood[]); INSERT INTO many VALUES ('{glad}')`,
        `ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'`,
      ],
      [
        'with a label within a domain over a domain',
        `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE DOMAIN d1 AS mood; CREATE DOMAIN d2 AS d1; CREATE TABLE many (a d2[]); INSERT INTO many VALUES ('{glad}')`,
        `ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'`,
      ],
      [
        'with a label within a range',
        `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TYPE moods AS RANGE (subtype = mood); CREATE TABLE many (a moods); INSERT INTO many VALUES ('[glad,sad]')`,
        `ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'`,
      ],
      [
        'with a label within a multirange',
        `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TYPE moods AS RANGE (subtype = mood, multirange_type_name = all_moods); CREATE TABLE many (a all_moods); INSERT INTO many VALUES ('{[glad,sad]}')`,
        `ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'`,
      ],
      [
        'with a label within a composite in a composite',
        `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TYPE inner_one AS (m mood); CREATE TYPE outer_one AS (i inner_one[]); CREATE TABLE many (a outer_one); INSERT INTO many VALUES (ROW(ARRAY[ROW('glad')::inner_one]))`,
        `ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'`,
      ],
      [
        "with a label within another table's rows",
        `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE other (m mood); CREATE TABLE many (a other); INSERT INTO many VALUES (ROW('glad'))`,
        `ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'`,
      ],
      [
        'with an attribute that was dropped and added with the same name',
        `CREATE TYPE pair AS (a int, b int); CREATE TABLE many (a pair); INSERT INTO many VALUES (ROW(1, 2))`,
        'ALTER TYPE pair DROP ATTRIBUTE b; ALTER TYPE pair ADD ATTRIBUTE b int',
      ],
      [
        'that names another table which was renamed',
        `CREATE TABLE other (a int); CREATE TABLE many (a regclass); INSERT INTO many VALUES ('other')`,
        'ALTER TABLE other RENAME TO another',
      ],
      [
        'that names another table within a composite',
        `CREATE TABLE other (a int); CREATE TYPE holder AS (r regclass[]); CREATE TABLE many (a holder); INSERT INTO many VALUES (ROW(ARRAY['other'::regclass]))`,
        'ALTER TABLE other RENAME TO another',
      ],
      [
        'that has privileges in it, which are written with the names of roles',
        `CREATE TABLE many (a aclitem); INSERT INTO many VALUES (makeaclitem((SELECT oid FROM pg_roles WHERE rolname = current_user), 0, 'SELECT', false))`,
        '',
        'aclitem',
      ],
      [
        'with a type of which nobody knows how it is written',
        `CREATE TYPE words;
         CREATE FUNCTION words_in(cstring) RETURNS words LANGUAGE internal IMMUTABLE STRICT AS 'textin';
         CREATE FUNCTION words_out(words) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
         CREATE TYPE words (INPUT = words_in, OUTPUT = words_out, INTERNALLENGTH = VARIABLE);
         CREATE TABLE many (a words[]); INSERT INTO many VALUES ('{x}')`,
        '',
        '"words"',
      ],
    ];
    // All of them in one database, with one base and one differential.
    let base: MemoryCapture;
    let next: MemoryCapture;
    const named = (sql: string, index: number) => sql.replaceAll(/\bmany\b/g, `many_${index}`);

    beforeAll(async () => {
      const all = await createTestDatabase({ server: server.address('postgres') });
      const client = new Client({ ...all.admin, ssl: false });
      await client.connect();
      const inTheirSchemas = async (which: 1 | 2) => {
        for (const [index, { [which]: statements }] of CASES.entries()) {
          await client.query(`SET search_path = case_${index}`);
          await client.query(named(statements, index));
        }
      };
      try {
        for (const index of CASES.keys()) await client.query(`CREATE SCHEMA case_${index}`);
        await client.query('CREATE TABLE public.same (a int); INSERT INTO public.same VALUES (1)');
        await inTheirSchemas(1);
        base = await full(all.admin);
        await inTheirSchemas(2);
        next = await differential(base, all.admin);
      } finally {
        await client.end();
        await all.drop();
      }
    });

    it.each(CASES.map(([name, , , reason], index) => [name, index, reason ?? ''] as const))(
      '%s',
      (_, index, reason) => {
        expectNoneReused(next, `many_${index}`);
        expect(next.table(`many_${index}`).reason).toContain(reason);
      },
    );

    it('of which the base can say nothing', () => {
      const index = CASES.findIndex(([, , , reason]) => reason === 'aclitem');
      expect(base.table(`many_${index}`).fingerprint).toBeUndefined();
    });

    it('and not another one beside them', () => {
      expect(reuse(next, 'same')).toEqual({ segments: 1, carriedOver: 1 });
    });

    it('with the type of a known extension whose output function was replaced, and not before', async () => {
      await asAdmin(`CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree;
        CREATE TABLE many (a citext, b hstore[], c ltree); INSERT INTO many VALUES ('Abc', ARRAY['a=>1'::hstore], 'a.b')`);
      const base = await full(database.admin);
      expectAllReused(await differential(base, database.admin), 'many');
      await asAdmin(
        `CREATE OR REPLACE FUNCTION citextout(citext) RETURNS cstring LANGUAGE internal IMMUTABLE PARALLEL SAFE STRICT AS 'byteaout'`,
      );
      const next = await differential(base, database.admin);
      expectNoneReused(next, 'many');
      expect(next.rows('many', base)[0]).toContain('x416263');
    });

    it('of which an extension says what belongs to the user', async () => {
      await sql('CREATE TABLE many (a int); INSERT INTO many VALUES (1), (2)');
      await asAdmin(`CREATE EXTENSION citext; ALTER EXTENSION citext ADD TABLE many;
        UPDATE pg_extension SET extconfig = ARRAY['many'::regclass::oid], extcondition = ARRAY['WHERE a > 1'] WHERE extname = 'citext'`);
      const base = await full(database.admin);
      expect(base.table('many')).toMatchObject({ condition: 'a > 1' });
      expect(base.rows('many')).toEqual(['2']);
      const next = await captureInMemory(database.admin, { base });
      expectNoneReused(next, 'many');
      expect(next.rows('many')).toEqual(['2']);
    });
  });

  it('notices a row that was frozen by force, whatever its age seems to be', async () => {
    await sql('CREATE TABLE few (a int); INSERT INTO few VALUES (1), (2)');
    await asAdmin('CREATE EXTENSION pg_surgery');
    const base = await full(database.admin);
    await sql('DELETE FROM few WHERE a = 2; INSERT INTO few VALUES (3)');
    await asAdmin(`SELECT heap_force_freeze('few'::regclass, ARRAY(SELECT ctid FROM few WHERE a = 3))`);
    const next = await differential(base, database.admin);
    expect(next.rows('few', base)).toEqual(['1', '3']);
  });

  it('is not taken in by functions and operators of the same names', async () => {
    await sql(MANY);
    const base = await full();
    await sql(`CREATE FUNCTION public.age(xid) RETURNS int LANGUAGE sql AS 'SELECT 1000000';
      CREATE FUNCTION public.always(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE OPERATOR public.> (LEFTARG = int, RIGHTARG = int, FUNCTION = public.always);
      ALTER ROLE "${database.address.user}" SET search_path = public, pg_catalog;
      UPDATE many SET filler = 'changed' WHERE n = 1`);
    const next = await differential(base);
    expect(next.rows('many', base)).toContain('1\tchanged');
  });

  it('reads rows behind a policy that depends on another table only as a role that sees all of them', async () => {
    await sql(`CREATE TABLE allowed (b boolean); INSERT INTO allowed VALUES (true);
      CREATE TABLE guarded (a int); INSERT INTO guarded VALUES (1), (2);
      ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; ALTER TABLE guarded FORCE ROW LEVEL SECURITY;
      CREATE POLICY p ON guarded USING ((SELECT b FROM allowed))`);
    await expect(full()).rejects.toMatchObject({ code: 'database-permission-denied' });
    const base = await full(database.admin);
    await sql('UPDATE allowed SET b = false');
    expect((await differential(base, database.admin)).rows('guarded', base)).toEqual(['1', '2']);
  });

  describe('of one base, after all of it has happened,', () => {
    const LARGE = `SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 3000) n`;
    let all: TestDatabase;
    let base: MemoryCapture;
    let next: MemoryCapture;

    beforeAll(async () => {
      all = await createTestDatabase({ server: server.address('postgres') });
      await query(
        all.address,
        `CREATE TABLE changed AS ${LARGE}; CREATE TABLE lessened AS ${LARGE}; CREATE TABLE emptied AS ${LARGE};
         CREATE TABLE swapped (a int); INSERT INTO swapped VALUES (1), (2);
         CREATE TABLE growing AS SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 100) n;
         CREATE TABLE loaded (a int); INSERT INTO loaded VALUES (1)`,
      );
      base = await full(all.address);
      await query(
        all.address,
        `UPDATE changed SET filler = 'changed' WHERE n BETWEEN 1500 AND 1510;
         DELETE FROM lessened WHERE n = 1; INSERT INTO lessened VALUES (3001, 'new'); TRUNCATE emptied;
         DELETE FROM swapped WHERE a = 1; INSERT INTO swapped VALUES (3);
         INSERT INTO growing SELECT n, repeat('x', 100) FROM generate_series(1, 10000) n;
         CREATE TABLE added AS ${LARGE}`,
      );
      await query(all.admin, `BEGIN; TRUNCATE loaded; COPY loaded FROM PROGRAM 'echo 2' WITH (FREEZE); COMMIT`);
      next = await differential(base, all.address);
    });
    afterAll(() => all.drop());

    it('reads those segments again in which something changed', () => {
      const { segments, carriedOver } = reuse(next, 'changed');
      // The one with the old versions, and the last one, where the new ones went.
      expect(segments - carriedOver).toBeGreaterThan(0);
      expect(carriedOver).toBeGreaterThanOrEqual(segments - 3);
    });

    it('notices what was deleted, inserted, truncated or replaced by as much', () => {
      expect(next.rows('lessened', base)).toContain('3001\tnew');
      expect(next.rows('lessened', base)).toHaveLength(3000);
      expectNoneReused(next, 'emptied');
      expectNoneReused(next, 'swapped');
      expect(next.rows('emptied', base)).toEqual([]);
    });

    it('divides a last segment that has grown', () => {
      expect(base.segments('growing')).toHaveLength(1);
      expect(next.segments('growing').length).toBeGreaterThan(5);
      expect(next.rows('growing', base)).toHaveLength(10_100);
    });

    it('reads a table that is new, and says so', () => {
      expectNoneReused(next, 'added');
      expect(next.table('added').reason).toBe('the base snapshot has no such table');
      expect(next.result.reasons).toContainEqual({ reason: 'the base snapshot has no such table', tables: 1 });
    });

    it('notices rows that were loaded as frozen ones', () => {
      expect(next.rows('loaded', base)).toEqual(['2']);
    });
  });
});
