import { sqlDatabase } from '../corpus-database.js';
import type { CorpusDatabase } from '../corpus-database.js';

const WIDE = `repeat('x', 600)`;

/** What is evaluated while it is restored reads rows of another table, which have to be there first. */
export const orderOfRestoring: CorpusDatabase[] = [
  sqlDatabase({
    name: 'index-over-lookup',
    // An index that is older than the rows its function reads is not what it would be made anew.
    untouched: ['public.zflags'],
    about: 'a partial index whose predicate is a function that reads a large table',
    sql: `
      CREATE TABLE zflags (k int PRIMARY KEY, hot bool NOT NULL, pad text NOT NULL);
      INSERT INTO zflags SELECT n, n % 4 = 0, ${WIDE} FROM generate_series(1, 10000) n;
      CREATE FUNCTION is_hot(int) RETURNS bool LANGUAGE sql IMMUTABLE
        AS 'SELECT coalesce((SELECT hot FROM public.zflags WHERE k = $1), false)';
      CREATE TABLE item (i int NOT NULL);
      INSERT INTO item SELECT n FROM generate_series(1, 2000) n;
      ANALYZE zflags;
      CREATE INDEX item_hot ON item (i) WHERE is_hot(i);`,
    // The second one cannot use the index.
    probes: [
      'SET enable_seqscan = off; SELECT count(*) FROM item WHERE is_hot(i)',
      'SELECT count(*) FROM item WHERE is_hot(i + 0)',
    ],
  }),
  sqlDatabase({
    name: 'generated-over-lookup',
    untouched: ['public.a_rate'],
    about: 'a generated column whose function reads a large table',
    sql: `
      CREATE TABLE a_rate (k int PRIMARY KEY, r int NOT NULL, pad text NOT NULL);
      INSERT INTO a_rate SELECT n, n * 3, ${WIDE} FROM generate_series(1, 8000) n;
      CREATE FUNCTION rate(int) RETURNS int LANGUAGE plpgsql IMMUTABLE
        AS 'BEGIN RETURN (SELECT r FROM public.a_rate WHERE k = $1); END';
      CREATE TABLE z_child (i int PRIMARY KEY, v int GENERATED ALWAYS AS (rate(i)) STORED);
      INSERT INTO z_child SELECT n FROM generate_series(1, 500) n;`,
    probes: [`SELECT count(v), sum(v) FROM z_child`],
  }),
  sqlDatabase({
    name: 'check-over-lookup',
    untouched: ['public.z_lookup', 'public.b_lookup'],
    about: 'a CHECK whose function reads a table that comes later',
    sql: `
      CREATE TABLE z_lookup (k int PRIMARY KEY, pad text NOT NULL);
      INSERT INTO z_lookup SELECT n, ${WIDE} FROM generate_series(1, 8000) n;
      CREATE FUNCTION known(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE
        AS 'BEGIN RETURN EXISTS (SELECT FROM public.z_lookup WHERE k = $1); END';
      CREATE TABLE a_child (i int CHECK (known(i)));
      INSERT INTO a_child SELECT n FROM generate_series(1, 1000) n;
      CREATE TABLE b_lookup (k int PRIMARY KEY, pad text NOT NULL);
      INSERT INTO b_lookup SELECT * FROM z_lookup;
      CREATE FUNCTION known_too(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE
        AS 'BEGIN RETURN EXISTS (SELECT FROM public.b_lookup WHERE k = $1); END';
      CREATE TABLE z_child (i int CHECK (known_too(i)));
      INSERT INTO z_child SELECT n FROM generate_series(1, 1000) n;`,
  }),
  sqlDatabase({
    name: 'domain-over-lookup',
    untouched: ['public.b_code'],
    about: 'a domain whose CHECK reads a table, in a column and in an array',
    sql: `
      CREATE TABLE b_code (code text PRIMARY KEY, pad text NOT NULL);
      INSERT INTO b_code SELECT 'c' || n, ${WIDE} FROM generate_series(1, 8000) n;
      CREATE FUNCTION code_known(text) RETURNS bool LANGUAGE plpgsql STABLE
        AS 'BEGIN RETURN EXISTS (SELECT FROM public.b_code WHERE code = $1); END';
      CREATE DOMAIN code AS text CHECK (code_known(VALUE));
      CREATE TABLE a_use (i int PRIMARY KEY, c code, many code[]);
      INSERT INTO a_use SELECT n, 'c' || n, ARRAY['c' || n, 'c1'] FROM generate_series(1, 500) n;
      CREATE TABLE z_use (c code);
      INSERT INTO z_use SELECT 'c' || n FROM generate_series(1, 500) n;`,
  }),
  sqlDatabase({
    name: 'exclusion-over-lookup',
    untouched: ['public.zones'],
    about: 'a unique index and an exclusion constraint over functions that read tables',
    sql: `
      CREATE TABLE zones (k int PRIMARY KEY, lower_bound int NOT NULL, pad text NOT NULL);
      INSERT INTO zones SELECT n, n * 10, ${WIDE} FROM generate_series(1, 8000) n;
      CREATE FUNCTION zone_of(int) RETURNS int4range LANGUAGE sql IMMUTABLE
        AS 'SELECT int4range(lower_bound, lower_bound + 10) FROM public.zones WHERE k = $1';
      CREATE TABLE booking (zone int NOT NULL, EXCLUDE USING gist (zone_of(zone) WITH &&));
      INSERT INTO booking SELECT n FROM generate_series(1, 1000) n;
      CREATE UNIQUE INDEX booking_once ON booking ((lower(zone_of(zone))));
      CREATE STATISTICS booking_zones ON (lower(zone_of(zone))), zone FROM booking;`,
    probes: [`SET enable_seqscan = off; SELECT count(*) FROM booking WHERE lower(zone_of(zone)) = 500`],
  }),
  sqlDatabase({
    name: 'hashed-enum',
    about: 'partitions by the hash of an enum, also within a composite key and below a list',
    sql: `
      CREATE TYPE e AS ENUM ('red', 'green', 'blue', 'white', 'black', 'grey', 'pink');
      CREATE TABLE h (k e, v int) PARTITION BY HASH (k);
      CREATE TABLE h0 PARTITION OF h FOR VALUES WITH (MODULUS 3, REMAINDER 0);
      CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 3, REMAINDER 1);
      CREATE TABLE h2 PARTITION OF h FOR VALUES WITH (MODULUS 3, REMAINDER 2);
      INSERT INTO h SELECT c, n FROM unnest(enum_range(NULL::e)) c, generate_series(1, 200) n;
      CREATE INDEX ON h (v);
      CREATE TABLE deep (k e[], region text, v int) PARTITION BY LIST (region);
      CREATE TABLE deep_north PARTITION OF deep FOR VALUES IN ('north') PARTITION BY HASH (v, k);
      CREATE TABLE deep_north0 PARTITION OF deep_north FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE deep_north1 PARTITION OF deep_north FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      CREATE TABLE deep_south PARTITION OF deep FOR VALUES IN ('south');
      INSERT INTO deep SELECT ARRAY[c], r, n FROM unnest(enum_range(NULL::e)) c, generate_series(1, 50) n,
        unnest(ARRAY['north', 'south']) r;`,
  }),
  sqlDatabase({
    name: 'extension-configuration',
    about: 'an extension with two configuration tables, the referring one first by name',
    sql: `
      CREATE EXTENSION corpus_configuration;
      INSERT INTO z_parent VALUES (1, 'one'), (2, 'two');
      INSERT INTO a_child VALUES (10, 1), (20, 2);
      CREATE TABLE own AS SELECT n FROM generate_series(1, 100) n;`,
  }),
  sqlDatabase({
    name: 'materialised-views',
    about: 'materialised views over a function with unqualified names, over each other, and a stale one',
    sql: `
      CREATE TABLE fact (n int PRIMARY KEY, v int NOT NULL);
      INSERT INTO fact SELECT n, n % 17 FROM generate_series(1, 5000) n;
      CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT sum(v) FROM fact); END';
      CREATE MATERIALIZED VIEW a_over_function AS SELECT total() AS total;
      CREATE MATERIALIZED VIEW z_base AS SELECT v, count(*) AS n FROM fact GROUP BY v;
      CREATE UNIQUE INDEX ON z_base (v);
      CREATE MATERIALIZED VIEW b_over_z AS SELECT sum(n) AS n FROM z_base;
      CREATE MATERIALIZED VIEW never AS SELECT 1 AS one WITH NO DATA;`,
  }),
  sqlDatabase({
    name: 'materialised-view-of-a-server-that-is-gone',
    about: 'a materialised view over postgres_fdw whose server does not answer any more',
    roles: ['superuser'],
    sql: `
      CREATE EXTENSION postgres_fdw;
      CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'away');
      CREATE USER MAPPING FOR CURRENT_USER SERVER away OPTIONS (user 'somebody', password 'a secret');
      CREATE FOREIGN TABLE distant (n int) SERVER away;
      CREATE MATERIALIZED VIEW kept AS SELECT n FROM distant WITH NO DATA;
      CREATE TABLE own AS SELECT n FROM generate_series(1, 100) n;`,
    after: `
      UPDATE pg_class SET relispopulated = true WHERE relname = 'kept';`,
  }),
];
