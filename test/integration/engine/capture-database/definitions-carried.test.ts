import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { randomNumbers } from '../../../harness/random-numbers.js';
import { sampleOf, usually } from '../../../harness/thorough.js';
import { captureInMemory, type MemoryCapture } from './memory-capture.js';

/** `RANDOM_SEED=17 RANDOM_ROUNDS=100 vitest run …` tries others. */
const SEEDS = process.env['RANDOM_SEED'] ? [Number(process.env['RANDOM_SEED'])] : sampleOf([1, 2, 3], 1);
const ROUNDS = Number(process.env['RANDOM_ROUNDS'] ?? usually(4, 30));

const SCHEMA = `
  CREATE SCHEMA app;
  CREATE TYPE app.mood AS ENUM ('glad', 'sad');
  CREATE DOMAIN app.short AS text CHECK (length(VALUE) < 10);
  CREATE TABLE app.t (id int PRIMARY KEY, n int DEFAULT 1, m app.mood);
  CREATE TABLE app.parted (id int) PARTITION BY RANGE (id);
  CREATE TABLE app.parted0 PARTITION OF app.parted FOR VALUES FROM (0) TO (100);
  CREATE VIEW app.v AS SELECT id, n FROM app.t;
  CREATE MATERIALIZED VIEW app.mv AS SELECT count(*) AS n FROM app.t;
  CREATE SEQUENCE app.s;
  CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1';
  CREATE FUNCTION app.on_t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER on_t BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.on_t();
  INSERT INTO app.t SELECT i FROM generate_series(1, 100) i`;

/** What a dump shows. Each can be done again and again. */
const CHANGES = [
  `COMMENT ON TABLE app.t IS '%'`,
  `COMMENT ON DATABASE CURRENT_DATABASE IS '%'`,
  `ALTER TABLE app.t ALTER n SET DEFAULT %`,
  `ALTER TABLE app.t ADD COLUMN c% int`,
  `ALTER TABLE app.t RENAME n TO other; ALTER TABLE app.t RENAME other TO n; COMMENT ON COLUMN app.t.n IS '%'`,
  `ALTER TYPE app.mood ADD VALUE 'mood %'`,
  `ALTER DOMAIN app.short ADD CONSTRAINT c% CHECK (length(VALUE) <> %)`,
  `CREATE OR REPLACE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + %'`,
  `CREATE OR REPLACE VIEW app.v AS SELECT id, n FROM app.t WHERE n <> %`,
  `CREATE INDEX ON app.t (n) WHERE id > %`,
  `CREATE STATISTICS app.st% ON id, n FROM app.t`,
  `ALTER SEQUENCE app.s INCREMENT BY %`,
  `GRANT SELECT ON app.t TO PUBLIC; REVOKE SELECT ON app.t FROM PUBLIC; GRANT INSERT (n) ON app.t TO PUBLIC; COMMENT ON VIEW app.v IS '%'`,
  `ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC; COMMENT ON SEQUENCE app.s IS '%'`,
  `CREATE TABLE app.new% (id int)`,
  `CREATE TABLE app.part% PARTITION OF app.parted FOR VALUES FROM (%000) TO (%001)`,
  `ALTER TABLE app.t SET (fillfactor = 5%10)`,
  `ALTER TABLE app.t ALTER n SET STATISTICS %`,
  `ALTER TABLE app.t DISABLE TRIGGER on_t; ALTER TABLE app.t ENABLE ALWAYS TRIGGER on_t; COMMENT ON TRIGGER on_t ON app.t IS '%'`,
  `CREATE RULE r% AS ON DELETE TO app.v DO INSTEAD NOTHING`,
  `CREATE POLICY p% ON app.t USING (n <> %)`,
  `CREATE AGGREGATE app.agg%(int) (SFUNC = int4pl, STYPE = int)`,
  `CREATE OPERATOR app.~% (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int)`,
  `CREATE TEXT SEARCH DICTIONARY app.d% (TEMPLATE = simple)`,
  `CREATE PUBLICATION p%`,
];

/** Ways in which definitions name the role `named`. */
const NAMING: Readonly<Record<string, string>> = {
  'the owner of a table': 'ALTER TABLE app.t OWNER TO named',
  'the owner of a function': 'ALTER FUNCTION app.f OWNER TO named',
  'the owner of the database': 'ALTER DATABASE_ OWNER TO named',
  'granted something on the database': 'GRANT CREATE ON DATABASE_ TO named',
  'granted something': 'GRANT USAGE ON SCHEMA app TO named',
  'granted a column': 'GRANT SELECT (n) ON app.t TO named',
  'one who granted':
    'GRANT USAGE ON SCHEMA app TO named; GRANT SELECT ON app.t TO named WITH GRANT OPTION; SET ROLE named; GRANT SELECT ON app.t TO named_too; RESET ROLE',
  "a policy's": 'CREATE POLICY p ON app.t TO named USING (true)',
  "default privileges'": 'ALTER DEFAULT PRIVILEGES FOR ROLE named GRANT SELECT ON TABLES TO named_too',
  'granted default privileges': 'ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO named',
  "a foreign server's user":
    'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR named SERVER s',
};

/** What it does not show. */
const OTHERS = [
  'INSERT INTO app.t (id) SELECT i FROM generate_series(1000, 1100) i ON CONFLICT DO NOTHING',
  'UPDATE app.t SET n = n',
  'ANALYZE',
  'VACUUM (FREEZE)',
  `SELECT nextval('app.s')`,
  'BEGIN; DROP VIEW app.v; ROLLBACK',
];

describe('definitions in a differential capture', () => {
  // Of its own: what others do in other databases is in catalogues that all share.
  let server: PostgresServer;
  let database: TestDatabase;
  let changes = 0;

  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    database = await createTestDatabase({ server: server.address('postgres') });
    await sql(SCHEMA);
  });
  afterEach(async () => {
    const { user, database: name } = database.address;
    await admin(`ALTER DATABASE ${name} OWNER TO ${user}`);
    await database.drop();
    await query(server.address('postgres'), 'DROP ROLE IF EXISTS named, renamed, named_too, reader, between, owner_');
  });

  const sql = (statements: string) => query(database.address, statements);
  const asAdmin = () => ({ ...server.address('postgres'), database: database.address.database });
  const admin = (statements: string) => query(asAdmin(), statements);
  const full = () => captureInMemory(database.address);
  const differential = (base: MemoryCapture) => captureInMemory(database.address, { base });

  /** One that was dumped again has the second of that in it; in the same second, another state, or none. */
  const isCarried = ({ database: own }: MemoryCapture, { database: its }: MemoryCapture) =>
    own.definitions?.state !== undefined &&
    own.definitions.state === its.definitions?.state &&
    own.content.sha256 === its.content.sha256;

  function change(template: string): string {
    changes += 1;
    return template
      .replaceAll('app.~%', `app.${'~'.repeat(1 + (changes % 30))}`)
      .replaceAll('5%10', String(50 + (changes % 50)))
      .replaceAll('CURRENT_DATABASE', database.address.database)
      .replaceAll('%', String(changes));
  }

  it("are the base's when nothing of them has changed, whoever takes the snapshot", async () => {
    const base = await full();
    for (const statement of OTHERS) await sql(statement);
    const next = await differential(base);
    expect(next.result.type).toBe('differential');
    expect(isCarried(next, base)).toBe(true);
    expect(next.result.definitionsDigest).toBe(base.result.definitionsDigest);
    expect(next.ofKind('description')).toEqual(base.ofKind('description'));
    expect(next.database.definitions).toEqual(base.database.definitions);
  });

  it('are read again after any change of them, and back', async () => {
    for (const template of sampleOf(CHANGES, usually(5, CHANGES.length))) {
      const base = await full();
      await sql(change(template));
      const next = await differential(base);
      expect(next.result.type).toBe('differential');
      expect([template, isCarried(next, base)]).toEqual([template, false]);
    }
    const base = await full();
    await sql(`COMMENT ON SCHEMA app IS 'other'; COMMENT ON SCHEMA app IS NULL`);
    const unchanged = await differential(base);
    expect(unchanged.result.definitionsDigest).toBe(base.result.definitionsDigest);
    await sql(`ALTER TABLE app.t RENAME TO u; ALTER TABLE app.u RENAME TO t`);
    expect(isCarried(await differential(base), base)).toBe(false);
  });

  it('are read again when a change of them was under way at the base', async () => {
    const slow = new Client({ ...database.address, ssl: false });
    await slow.connect();
    await slow.query(`BEGIN; CREATE FUNCTION app.late() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    const base = await full();
    await slow.query('COMMIT');
    await slow.end();
    const next = await differential(base);
    expect(isCarried(next, base)).toBe(false);
    expect(next.result.definitionsDigest).toBe((await full()).result.definitionsDigest);
  });

  it("are the base's whatever happens to roles and databases that they do not name", async () => {
    const base = await full();
    const other = await createTestDatabase({ server: server.address('postgres') });
    await admin(`CREATE ROLE somebody; CREATE ROLE else_; GRANT somebody TO else_; ALTER ROLE else_ SET work_mem = '8MB';
      COMMENT ON ROLE somebody IS 'of a preview'; COMMENT ON DATABASE ${other.address.database} IS 'a preview'`);
    await query(other.address, `CREATE TABLE t (); GRANT SELECT ON t TO somebody; CREATE PUBLICATION p`);
    expect(isCarried(await differential(base), base)).toBe(true);
    await admin(`ALTER ROLE somebody RENAME TO nobody_`);
    expect(isCarried(await differential(base), base)).toBe(true);
    await other.drop();
    await admin('DROP ROLE nobody_, else_');
    expect(isCarried(await differential(base), base)).toBe(true);
  });

  it.each(sampleOf(Object.entries(NAMING), usually(3, Infinity)))(
    'are read again when a role has another name that is %s',
    async (_, name) => {
      await admin('CREATE ROLE named; CREATE ROLE named_too');
      await admin(name.replaceAll('DATABASE_', `DATABASE ${database.address.database}`));
      const base = await captureInMemory(asAdmin());
      await admin('ALTER ROLE named RENAME TO renamed');
      const next = await captureInMemory(asAdmin(), { base });
      expect(isCarried(next, base)).toBe(false);
    },
  );

  it('are read again when the reader has become a member of a role that they name, through whatever others', async () => {
    await admin(`CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT pg_read_all_data TO reader; CREATE ROLE owner_ LOGIN;
      CREATE ROLE between; GRANT owner_ TO between; ALTER SCHEMA app OWNER TO owner_;
      GRANT CREATE ON DATABASE ${database.address.database} TO reader`);
    const reader = { ...database.address, user: 'reader', password: 'reader' };
    const base = await captureInMemory(reader);
    const again = await captureInMemory(reader, { base });
    expect(isCarried(again, base)).toBe(true);
    await admin('GRANT between TO reader');
    expect(isCarried(await captureInMemory(reader, { base: again }), again)).toBe(false);
  });

  it('are read again where there are large objects', async () => {
    const base = await full();
    await sql(`SELECT lo_from_bytea(0, 'large')`);
    expect(isCarried(await differential(base), base)).toBe(false);
    const withObjects = await full();
    expect(withObjects.database.definitions).toBeUndefined();
    expect((await differential(withObjects)).database.definitions).toBeUndefined();
  });

  it.each(SEEDS)(
    'are what a full capture reads, whatever has happened (seed %i)',
    { timeout: 60_000 + ROUNDS * 8_000 },
    async (seed) => {
      const below = randomNumbers(seed);
      let base = await full();
      let carried = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        for (let step = below(4); step > 0; step -= 1) {
          const statement = below(3) === 0 ? change(CHANGES[below(CHANGES.length)]!) : OTHERS[below(OTHERS.length)]!;
          await sql(statement).catch(() => undefined);
        }
        const next = await differential(base);
        if (isCarried(next, base)) carried += 1;
        const fresh = await full();
        expect([seed, round, next.result.definitionsDigest]).toEqual([seed, round, fresh.result.definitionsDigest]);
        expect(next.text(next.ofKind('description')[0]!.content, base)).toBe(
          fresh.text(fresh.ofKind('description')[0]!.content),
        );
        base = fresh;
      }
      // Otherwise nothing was tried.
      expect(carried).toBeGreaterThan(0);
      expect(carried).toBeLessThan(ROUNDS);
    },
  );
});
