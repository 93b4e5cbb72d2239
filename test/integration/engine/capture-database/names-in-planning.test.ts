import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { sampleOf } from '../../../harness/thorough.js';
import { captureInMemory, type CaptureTestOptions, type MemoryCapture } from './memory-capture.js';

/** A function whose body leaves the schema of what it calls out, as those of earthdistance do. */
const APP = `
  SET check_function_bodies = off;
  CREATE SCHEMA app;
  CREATE FUNCTION app.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
  CREATE FUNCTION app.quadruple(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT twice(twice(n))';
  CREATE FUNCTION app.is_even(n int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT twice(n / 2) = n';`;

describe('a table whose queries are planned with names that leave out their schema', () => {
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
  const take = (options?: CaptureTestOptions) => captureInMemory(database.address, options);
  const warned = (capture: MemoryCapture) =>
    capture
      .ofKind('warning')
      .filter(({ code }) => code === 'search-path-needed')
      .map(({ message }) => message);

  it('is read in spite of an index on an expression of earthdistance, in segments', async () => {
    await query(database.admin, 'CREATE EXTENSION cube; CREATE EXTENSION earthdistance');
    await sql(`CREATE TABLE place AS SELECT n, n % 90 AS lat, n % 180 AS lon FROM generate_series(1, 5000) n;
      CREATE INDEX ON place USING gist (ll_to_earth(lat, lon)); CREATE TABLE plain AS SELECT 1 AS a`);
    const capture = await take({ segmentBytes: 64 * 1024 });
    expect(capture.rows('place')).toHaveLength(5000);
    expect(capture.segments('place').length).toBeGreaterThan(1);
    expect(warned(capture)).toEqual([expect.stringContaining('"public"."place"')]);
  });

  describe.each(
    sampleOf<[string, string]>(
      [
        ['for the role', 'ALTER ROLE "ROLE" SET search_path = app, public'],
        ['for the database', 'ALTER DATABASE "DATABASE" SET search_path = app, public'],
        ['for the role in the database', 'ALTER ROLE "ROLE" IN DATABASE "DATABASE" SET search_path = app, public'],
        ['that names a schema that is gone', 'ALTER DATABASE "DATABASE" SET search_path = gone, app, "$user", public'],
      ],
      1,
    ),
  )('with a search_path set %s', (_, setting) => {
    it.each([
      ['the predicate of an index', 'CREATE INDEX ON t (n) WHERE app.is_even(n)'],
      ['an index on an expression', 'CREATE INDEX ON t (app.quadruple(n))'],
      ['statistics on an expression', 'CREATE STATISTICS s ON (app.quadruple(n)), n FROM t'],
    ])('is read in spite of %s', async (__, what) => {
      const { user, database: name } = database.address;
      await sql(setting.replace('ROLE"', `${user}"`).replace('DATABASE"', `${name}"`));
      await sql(`${APP} SET search_path = app, public;
        CREATE TABLE public.t AS SELECT n FROM generate_series(1, 3000) n; ${what}`);
      const capture = await take({ segmentBytes: 32 * 1024 });
      expect(capture.rows('t')).toHaveLength(3000);
      expect(capture.segments('t').length).toBeGreaterThan(1);
      expect(warned(capture)).toEqual([expect.stringContaining('"public"."t"')]);
      expect(capture.database.searchPath).toEqual(['pg_catalog', 'app', 'public']);
    });
  });

  it('is compared with its base as any other table', async () => {
    await sql(`${APP} ALTER ROLE "${database.address.user}" SET search_path = app, public`);
    await sql(`CREATE TABLE public.t AS SELECT n FROM generate_series(1, 3000) n; CREATE INDEX ON t (quadruple(n))`);
    const base = await take({ segmentBytes: 32 * 1024 });
    const same = await take({ base, segmentBytes: 32 * 1024 });
    expect(same.segments('t').every(({ carriedOver }) => carriedOver)).toBe(true);
    expect(same.rows('t', base)).toEqual(base.rows('t'));
  });

  it('is read to its end though somebody waits to change it', async () => {
    await sql(`${APP} ALTER ROLE "${database.address.user}" SET search_path = app, public`);
    await sql(`CREATE TABLE public.t AS SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 5000) n;
      CREATE INDEX ON t (quadruple(n)); CREATE VIEW app.v AS SELECT count(*) FROM app.twice(1)`);
    let altering: Promise<unknown> | undefined;
    const capture = await take({
      segmentBytes: 64 * 1024,
      onStore: async () => {
        if (altering) return;
        altering = sql('ALTER TABLE t DROP COLUMN filler');
        await vi.waitFor(
          async () => {
            const waiting = await query(
              database.admin,
              `SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'`,
            );
            expect(waiting).toHaveLength(1);
          },
          { timeout: 10_000 },
        );
      },
    });
    await altering;
    expect(capture.rows('t')).toHaveLength(5000);
    const objects = capture.text(capture.ofKind('description')[0]!.content);
    expect(objects).toContain('app.twice(1)');
  });

  it('is read in spite of an index over a domain whose check calls such a function', async () => {
    await sql(`${APP} ALTER ROLE "${database.address.user}" SET search_path = app, public`);
    await sql(`CREATE DOMAIN even AS int CHECK (is_even(VALUE)); CREATE TABLE public.t AS SELECT n * 2 AS n FROM generate_series(1, 100) n;
      CREATE INDEX ON t ((n::even)) WHERE n > 4::even`);
    expect((await take()).rows('t')).toHaveLength(100);
  });

  it('has the same text for names in it, whichever way it is read', async () => {
    await sql(`${APP} ALTER ROLE "${database.address.user}" SET search_path = app, public`);
    await sql(`CREATE TABLE app.named (n int, r regclass, f regprocedure[]);
      INSERT INTO app.named VALUES (1, 'app.named', '{app.twice(int)}'); CREATE INDEX ON app.named (quadruple(n))`);
    const capture = await take();
    expect(capture.rows('named')).toEqual(['1\tapp.named\t{app.twice(integer)}']);
  });

  it('is read, as pg_dump reads it, also when no path helps', async () => {
    await sql(`${APP} SET search_path = app, public;
      CREATE TABLE public.t AS SELECT n FROM generate_series(1, 3000) n; CREATE INDEX ON t (app.quadruple(n));
      CREATE TABLE public.raising (n int); INSERT INTO raising VALUES (1);
      CREATE FUNCTION app.limit_of(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN n; END $$;
      CREATE INDEX ON public.raising (n) WHERE n < app.limit_of(5);
      CREATE OR REPLACE FUNCTION app.limit_of(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE 'not any more'; END $$`);
    const capture = await take({ segmentBytes: 32 * 1024 });
    expect(capture.rows('t')).toHaveLength(3000);
    expect(capture.rows('raising')).toEqual(['1']);
    expect(warned(capture)).toHaveLength(2);
    const again = await take({ base: capture });
    expect(again.rows('t', capture)).toEqual(capture.rows('t'));
  });

  it('is read when a role has constraint exclusion on and a check calls such a function', async () => {
    await sql(`${APP} ALTER ROLE "${database.address.user}" SET constraint_exclusion = on`);
    await sql(`SET search_path = app, public; CREATE TABLE public.t (n int CHECK (app.quadruple(n) > 3));
      INSERT INTO t SELECT generate_series(1, 3000)`);
    const capture = await take({ segmentBytes: 32 * 1024 });
    expect(capture.rows('t')).toHaveLength(3000);
    expect(warned(capture)).toEqual([]);
  });

  it('is named when it cannot be read', async () => {
    await query(
      database.admin,
      `CREATE TABLE hidden (a int); INSERT INTO hidden VALUES (1); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
       GRANT SELECT ON hidden TO "${database.address.user}"`,
    );
    await expect(take()).rejects.toMatchObject({
      code: 'database-permission-denied',
      message: expect.stringContaining('"public"."hidden"') as string,
    });
  });
});
