import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { drawnTests } from '../../harness/drawn-tests.js';
import { sampleOf } from '../../harness/thorough.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { OWNERS_OF_SETTINGS, PATIENCE, type Step } from './place.js';
import { outcome, roundTrip, SAME, untold } from './round-trip.js';

vi.setConfig(PATIENCE);

/** Of one kind: this comes back, too. */
const scenario = drawnTests(2, { of: 6 });

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

const TOLD = ['search-path-needed'];

/** Functions as people write them: nothing in them says which schema is meant. SQL ones are looked into where they are used. */
const UNQUALIFIED = `
  CREATE SCHEMA ext; CREATE TYPE ext.unit AS (a int); CREATE DOMAIN ext.positive AS int CHECK (VALUE >= 0);
  CREATE TABLE ext.a_factor (k int PRIMARY KEY, f int); INSERT INTO ext.a_factor SELECT n, n * 2 FROM generate_series(0, 100) n;
  CREATE FUNCTION ext.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
  CREATE FUNCTION ext.sql_of(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT (twice($1)::positive)::int';
  CREATE FUNCTION ext.plpgsql_of(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'DECLARE u unit; BEGIN u.a := twice($1); RETURN u.a; END';
  CREATE FUNCTION ext.reads(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT f FROM a_factor WHERE k = $1); END';`;

const USES = `
  CREATE TABLE app.generated (i int, a int GENERATED ALWAYS AS (sql_of(i)) STORED, b int GENERATED ALWAYS AS (plpgsql_of(i)) STORED, c int GENERATED ALWAYS AS (reads(i)) STORED);
  INSERT INTO app.generated SELECT generate_series(1, 20);
  CREATE TABLE app.checked (i int CHECK (sql_of(i) > 0) CHECK (plpgsql_of(i) > 0) CHECK (reads(i) > 0)); INSERT INTO app.checked SELECT generate_series(1, 20);
  CREATE DOMAIN app.even AS int CHECK (sql_of(VALUE) > 0) CHECK (reads(VALUE) > 0); CREATE TABLE app.of_domain (e app.even, es app.even[]); INSERT INTO app.of_domain VALUES (1, '{2,3}');
  CREATE TABLE app.indexed (i int); INSERT INTO app.indexed SELECT generate_series(1, 40);
  CREATE INDEX by_sql ON app.indexed (sql_of(i)); CREATE INDEX by_plpgsql ON app.indexed (plpgsql_of(i)); CREATE INDEX by_reads ON app.indexed (reads(i));
  CREATE INDEX where_sql ON app.indexed (i) WHERE sql_of(i) > 20; CREATE INDEX where_plpgsql ON app.indexed (i) WHERE plpgsql_of(i) > 20;
  CREATE STATISTICS app.s ON (sql_of(i)), (plpgsql_of(i)) FROM app.indexed;
  CREATE TABLE app.excluded (i int, EXCLUDE USING btree (plpgsql_of(i) WITH =)); INSERT INTO app.excluded SELECT generate_series(1, 20);
  CREATE TABLE app.parted (i int) PARTITION BY RANGE (sql_of(i)); CREATE TABLE app.parted_low PARTITION OF app.parted FOR VALUES FROM (0) TO (20); CREATE TABLE app.parted_high PARTITION OF app.parted FOR VALUES FROM (20) TO (1000);
  INSERT INTO app.parted SELECT generate_series(1, 20);
  CREATE TABLE app.listed (i int) PARTITION BY LIST (plpgsql_of(i)); CREATE TABLE app.listed_two PARTITION OF app.listed FOR VALUES IN (2); CREATE TABLE app.listed_rest PARTITION OF app.listed DEFAULT;
  INSERT INTO app.listed SELECT generate_series(1, 20);`;

const LATER = `
  CREATE TABLE app.plain (i int DEFAULT plpgsql_of(3), j int); INSERT INTO app.plain SELECT n, n FROM generate_series(1, 10) n;
  CREATE VIEW app.seen AS SELECT sql_of(i) AS s, reads(j) AS r FROM app.plain;
  CREATE MATERIALIZED VIEW app.stored AS SELECT sql_of(i) AS s, plpgsql_of(j) AS p, reads(j) AS r FROM app.plain; CREATE UNIQUE INDEX stored_s ON app.stored (s); CREATE INDEX stored_p ON app.stored (sql_of(p));
  CREATE MATERIALIZED VIEW app.stored_again AS SELECT count(*), sum(s) FROM app.stored;
  CREATE RULE doubled AS ON UPDATE TO app.plain WHERE (sql_of(NEW.i) > 5) DO ALSO INSERT INTO app.plain VALUES (plpgsql_of(NEW.j));
  ALTER TABLE app.plain ENABLE ROW LEVEL SECURITY; CREATE POLICY part ON app.plain USING (reads(i) > 4) WITH CHECK (sql_of(i) > 0);
  CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.j := twice(NEW.j); RETURN NEW; END';
  CREATE TRIGGER touch BEFORE UPDATE ON app.plain FOR EACH ROW WHEN (plpgsql_of(NEW.i) > 4) EXECUTE FUNCTION app.touch();`;

const PROBES = [
  'SELECT count(*), sum(a), sum(b), sum(c) FROM app.generated',
  'SET enable_seqscan = off; SELECT count(*) FROM app.indexed WHERE sql_of(i) = 40',
  'SET enable_seqscan = off; SELECT count(*) FROM app.indexed WHERE plpgsql_of(i) = 40',
  'SELECT sum(s), sum(r) FROM app.seen',
];

it.each(sampleOf(OWNERS_OF_SETTINGS, 1))(
  'finds names as the application does, by the path that %s has',
  async (_, who) => {
    const path: Step = [
      'superuser',
      `ALTER ${who} SET search_path = app, "$user", gone_long_ago, ext, public; ALTER ${who} SET exit_on_error = on`,
    ];
    const trip = await roundTrip(vault, {
      setup: [['owner', 'CREATE SCHEMA app'], path, ['owner', UNQUALIFIED], ['owner', USES], ['owner', LATER]],
      probes: PROBES,
    });
    expect(trip.control.failure).toMatch(/does not exist/);
    expect(outcome(trip, TOLD)).toEqual(SAME);
    expect(trip.warnings.map(({ code }) => code)).toContain('search-path-needed');
  },
);

scenario('makes columns of earthdistance and what is indexed by it', async () => {
  const trip = await roundTrip(vault, {
    as: 'superuser',
    setup: [
      [
        'owner',
        `CREATE EXTENSION cube; CREATE EXTENSION earthdistance;
         CREATE TABLE shop (id int PRIMARY KEY, lat float8, lon float8, e earth GENERATED ALWAYS AS (ll_to_earth(lat, lon)) STORED); INSERT INTO shop SELECT n, n, -n FROM generate_series(1, 50) n`,
      ],
    ],
    probes: ['SELECT count(*) FROM shop WHERE earth_distance(e, ll_to_earth(10, -10)) < 500000'],
  });
  expect(trip.control.failure).toMatch(/type "earth" does not exist/);
  expect(outcome(trip, TOLD)).toEqual(SAME);
});

scenario('takes a snapshot of an index over earthdistance, and builds it again', async () => {
  const trip = await roundTrip(vault, {
    as: 'superuser',
    setup: [
      [
        'owner',
        `CREATE EXTENSION cube; CREATE EXTENSION earthdistance; CREATE TABLE shop (id int PRIMARY KEY, lat float8, lon float8); INSERT INTO shop SELECT n, n, -n FROM generate_series(1, 50) n;
         CREATE INDEX shop_place ON shop USING gist (ll_to_earth(lat, lon)); CREATE INDEX shop_some ON shop (id) WHERE earth_distance(ll_to_earth(lat, lon), ll_to_earth(0, 0)) < 1000000`,
      ],
    ],
    probes: [
      'SET enable_seqscan = off; SELECT count(*) FROM shop WHERE earth_box(ll_to_earth(10, -10), 500000) @> ll_to_earth(lat, lon)',
    ],
  });
  expect(outcome(trip, TOLD)).toEqual(SAME);
});

scenario('finds operators of an extension in another schema: in a trigger, a rule, a view', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `ALTER DATABASE {database} SET search_path = public, ext; CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext`,
      ],
      [
        'owner',
        `CREATE TABLE t (e hstore, x bool GENERATED ALWAYS AS (e IS DISTINCT FROM 'a=>1'::hstore) STORED); INSERT INTO t VALUES ('a=>1'), ('b=>2');
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER changed BEFORE UPDATE ON t FOR EACH ROW WHEN (OLD.e IS DISTINCT FROM NEW.e) EXECUTE FUNCTION f();
         CREATE VIEW odd AS SELECT e IS DISTINCT FROM 'a=>1'::hstore AS d, CASE e WHEN 'a=>1' THEN 1 ELSE 2 END AS n, nullif(e, 'a=>1') AS m, e IN ('a=>1', 'c=>1') AS i, (e, 1) = (e, 1) AS r FROM t;
         CREATE RULE r AS ON DELETE TO t WHERE OLD.e IS DISTINCT FROM 'z=>1'::hstore DO INSTEAD NOTHING;
         ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (e IS DISTINCT FROM 'y=>1'::hstore);
         ALTER TABLE t ADD CHECK (e IS DISTINCT FROM 'q=>1'::hstore); CREATE INDEX t_some ON t (x) WHERE e IS DISTINCT FROM 'b=>2'::hstore; CREATE INDEX t_other ON t ((nullif(e, 'b=>2') IS NULL))`,
      ],
    ],
    probes: ['SELECT * FROM odd ORDER BY 1, 2'],
  });
  expect(trip.control.failure).toMatch(/operator does not exist/);
  expect(outcome(trip, TOLD)).toEqual(SAME);
});

scenario(
  'says so where another operator is found in place of one in another schema, as pg_restore finds it',
  async () => {
    const trip = await roundTrip(vault, {
      setup: [
        [
          'owner',
          `ALTER DATABASE {database} SET search_path = public, ext; CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext`,
        ],
        [
          'owner',
          `CREATE TABLE t (c citext); INSERT INTO t VALUES ('Aa'), ('Bb'); CREATE VIEW seen AS SELECT c IS DISTINCT FROM 'aa' AS d, nullif(c, 'AA') AS m FROM t;
         ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (c IS DISTINCT FROM 'AA'::citext);
         CREATE INDEX t_some ON t (c) WHERE c IS DISTINCT FROM 'bb'::citext; CREATE INDEX t_other ON t ((nullif(c, 'bb')))`,
        ],
      ],
    });
    // Without a path the text inside is compared: nothing fails, and it is another index.
    expect(trip.control.failure).toBeUndefined();
    expect(trip.control.differences.map(({ what }) => what)).toContain('index scan public.t_some');
    expect(untold(trip)).toEqual([]);
  },
);

scenario('leaves a function that raises now to be told by name, and the live database as it is', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE FUNCTION shaky(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
         CREATE TABLE steady (i int); INSERT INTO steady VALUES (1), (2); CREATE INDEX steady_shaky ON steady (shaky(i));
         CREATE OR REPLACE FUNCTION shaky(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE ''out of order''; END'`,
      ],
    ],
  });
  expect(trip.control.failure).toMatch(/out of order/);
  expect([trip.failure, ...trip.warnings].map((told) => told?.message).join('\n')).toMatch(
    /steady_shaky|"steady"|shaky/,
  );
  expect(trip.failure ? [] : untold(trip)).toEqual([]);
});

scenario('needs no second try, and speaks of none, where every name is found', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      ['owner', `ALTER DATABASE {database} SET search_path = app, public; CREATE SCHEMA app`],
      [
        'owner',
        `CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; CREATE TABLE t (i int CHECK (f(i) > 0)); INSERT INTO t VALUES (1); CREATE INDEX ON t (f(i))`,
      ],
    ],
  });
  expect(trip.control).toEqual({ differences: [] });
  expect(outcome(trip)).toEqual(SAME);
});
