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

/** One of everything whose text some setting shapes, and definitions with literals in them. */
const VALUES = `
  CREATE TYPE pair AS (a int, b text[]);
  CREATE TABLE "we\\ird" (id serial PRIMARY KEY, t text DEFAULT E'back\\\\slash ''quoted''');
  INSERT INTO "we\\ird" (t) VALUES (E'a\\\\b'), (E'tab\\there'), (DEFAULT), ('NULL'), ('\\N'), ('');
  CREATE TABLE one (
    arrays text[], pairs pair[], content xml, document xml, span interval, moment timestamptz, plain timestamp, day date, time_of timetz,
    bytes bytea, real8 float8, real4 float4, numbers numeric[], amount money, words tsvector, query tsquery, place point, spot box, ranges tstzrange, dates datemultirange, bits bit varying, j jsonb, c "char");
  INSERT INTO one VALUES
    (ARRAY['x', NULL, 'NULL', '', 'a"b\\c'], ARRAY[ROW(1, ARRAY[NULL, 'NULL'])::pair, NULL], 'a<b/>c', '<!DOCTYPE a><a/>', '-1 year -2 mons +3 days -04:05:06.789',
     '2024-02-03 04:05:06.789+05:30', '0044-03-15 12:00:00 BC', '2024-12-01', '04:05:06+09', '\\x00ff5c27', 0.1::float8 + 0.2, 1.1, '{1.10,NaN,NULL}', 1234.56,
     to_tsvector('english', 'The running foxes'), to_tsquery('english', 'foxes & running'), point(1/3.0::float8, 1e-20), box(point(0.1, 0.2), point(1e30, 3)),
     tstzrange('2024-02-03 04:05:06+00', NULL), datemultirange(daterange('2024-01-02', '2024-03-04')), B'0101', '{"a": [null, 1.0]}', 'x'); INSERT INTO one DEFAULT VALUES;
  CREATE DOMAIN short AS interval DEFAULT '1 day 02:00' CHECK (VALUE < '1 mon 5 days'::interval);
  CREATE TABLE literals (
    d date DEFAULT '2024-05-06' CHECK (d > '2001-02-03'), s short, a text[] DEFAULT ARRAY['NULL', NULL] CHECK (a <> '{x,"NULL"}'), b bytea DEFAULT '\\x5c' CHECK (b <> '\\x5c00'),
    m timestamptz DEFAULT '2024-05-06 07:08:09+02' CHECK (m > '2001-02-03 04:05:06+00'), f float8 DEFAULT 0.30000000000000004 CHECK (f <> 0.1::float8 + 0.2000001), x xml DEFAULT 'a<b/>',
    n money DEFAULT '12.34' CHECK (n < '99,999.00'::money));
  INSERT INTO literals DEFAULT VALUES; INSERT INTO literals (s) VALUES ('1 mon');
  CREATE INDEX literals_late ON literals (d) WHERE m > '2002-03-04 05:06:07+00' AND s < '20 days'::interval;
  CREATE VIEW is_null AS SELECT d FROM literals WHERE (a = NULL) IS NULL AND t_or(d = '2024-05-06', b = '\\x5c');
  CREATE TABLE parted (d timestamptz, i interval) PARTITION BY RANGE (d, i);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-02 00:00+02', '1 day') TO ('2025-03-04 00:00+02', '1 mon'); INSERT INTO parted VALUES ('2024-06-07', '2 days')`;

const FUNCTIONS = `
  CREATE FUNCTION t_or(bool, bool) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 OR $2';
  CREATE FUNCTION escapes() RETURNS text LANGUAGE sql AS $$ SELECT E'\\\\' || 'a''b' || $q$x$q$ $$`;

const set = (who: string, settings: Readonly<Record<string, string>>): Step => [
  'superuser',
  Object.entries(settings)
    .map(([name, value]) => `ALTER ${who} SET ${name} = ${value}`)
    .join('; '),
];

/** What a role may have set for itself, and applications do. */
const TEXT = {
  array_nulls: 'off',
  xmlbinary: 'hex',
  xmloption: 'document',
  intervalstyle: 'sql_standard',
  datestyle: `'SQL, DMY'`,
  bytea_output: 'escape',
  timezone: `'Asia/Kolkata'`,
  extra_float_digits: '-15',
  default_text_search_config: `'pg_catalog.german'`,
  client_encoding: 'LATIN1',
  quote_all_identifiers: 'on',
  standard_conforming_strings: 'off',
  backslash_quote: 'off',
  escape_string_warning: 'off',
  transform_null_equals: 'on',
  client_min_messages: 'error',
  lc_monetary: `'C'`,
  lc_numeric: `'C'`,
};

const SESSION = {
  search_path: `'nowhere'`,
  row_security: 'off',
  check_function_bodies: 'on',
  default_transaction_read_only: 'on',
  default_transaction_isolation: `'serializable'`,
  default_transaction_deferrable: 'on',
  synchronous_commit: 'off',
  exit_on_error: 'on',
  default_toast_compression: 'pglz',
  enable_seqscan: 'off',
  gin_fuzzy_search_limit: '1',
  maintenance_work_mem: '1024',
  max_parallel_workers_per_gather: '0',
};

it.each(sampleOf(OWNERS_OF_SETTINGS, 1))(
  'keeps every value and every literal where %s has settings that shape text',
  async (_, who) => {
    const trip = await roundTrip(vault, {
      setup: [['owner', FUNCTIONS], ['owner', VALUES], set(who, TEXT)],
      control: false,
    });
    expect(outcome(trip)).toEqual(SAME);
  },
);

scenario('is not disturbed by settings that a session begins with', async () => {
  const trip = await roundTrip(vault, {
    setup: [['owner', FUNCTIONS], ['owner', VALUES], set('ROLE {owner}', SESSION), set('DATABASE {database}', SESSION)],
    control: false,
  });
  expect(outcome(trip, ['search-path-needed'])).toEqual(SAME);
});

scenario('is not disturbed by the timeouts of an application', async () => {
  const timeouts = {
    statement_timeout: '300',
    lock_timeout: '200',
    idle_in_transaction_session_timeout: '200',
    idle_session_timeout: '200',
  };
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE FUNCTION slow(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.4); RETURN $1; END';
         CREATE TABLE quick (i int PRIMARY KEY); INSERT INTO quick SELECT generate_series(1, 100);
         CREATE TABLE slow_index (i int); INSERT INTO slow_index VALUES (1); CREATE INDEX slow_i ON slow_index (slow(i));
         CREATE TABLE slow_rows (i int CHECK (slow(i) > 0)); INSERT INTO slow_rows VALUES (1);
         CREATE MATERIALIZED VIEW slow_view AS SELECT slow(i) FROM slow_rows`,
      ],
      set('ROLE {owner}', timeouts),
      set('DATABASE {database}', timeouts),
      // Servers know it since 17.
      [
        'superuser',
        `DO $$ BEGIN IF current_setting('server_version_num')::int >= 170000 THEN ALTER ROLE {owner} SET transaction_timeout = 300; END IF; END $$`,
      ],
    ],
    control: false,
  });
  expect(outcome(trip)).toEqual(SAME);
});

scenario('writes into tables without the triggers that a session may have switched off or on', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE TABLE parent (i int PRIMARY KEY); CREATE TABLE child (i int REFERENCES parent); INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1);
         CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (TG_OP); RETURN NEW; END'; CREATE TABLE log (what text);
         CREATE TRIGGER a AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION log_it(); ALTER TABLE child ENABLE ALWAYS TRIGGER a;
         CREATE TRIGGER b AFTER INSERT ON parent FOR EACH ROW EXECUTE FUNCTION log_it(); ALTER TABLE parent ENABLE REPLICA TRIGGER b;
         CREATE RULE r AS ON UPDATE TO child DO INSTEAD NOTHING; ALTER TABLE child ENABLE REPLICA RULE r`,
      ],
      set('ROLE {owner}', { session_replication_role: 'replica' }),
    ],
  });
  expect(trip.control).toEqual({ differences: [] });
  expect(outcome(trip)).toEqual(SAME);
});

scenario('puts tables where they were, whatever new ones are made of', async () => {
  const trip = await roundTrip(vault, {
    as: 'superuser',
    setup: [
      [
        'superuser',
        `CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
         CREATE TABLE of_heap (i int PRIMARY KEY); INSERT INTO of_heap VALUES (1); CREATE TABLE of_heap2 (i int PRIMARY KEY) USING heap2; INSERT INTO of_heap2 VALUES (2);
         CREATE MATERIALIZED VIEW seen AS SELECT * FROM of_heap; CREATE INDEX seen_i ON seen (i)`,
      ],
      set('ROLE {owner}', { default_table_access_method: 'heap2' }),
      set('DATABASE {database}', { default_table_access_method: 'heap2' }),
    ],
  });
  expect(trip.control).toEqual({ differences: [] });
  expect(outcome(trip)).toEqual(SAME);
});

scenario(
  'fills materialised views with the text that the application sees in them, or says which are not so',
  async () => {
    const settings = { ...TEXT, standard_conforming_strings: 'on', array_nulls: 'on', xmloption: 'content' };
    const trip = await roundTrip(vault, {
      setup: [
        set('ROLE {owner}', settings),
        [
          'owner',
          `CREATE TABLE base (d date, m timestamptz, i interval, b bytea, f float8, t text, n money);
         INSERT INTO base VALUES ('2024-02-01', '2024-02-01 03:04:05+00', '-1 year -2 days +03:04', '\\x00ff', 0.1::float8 + 0.2, 'die laufenden Füchse', 12);
         CREATE MATERIALIZED VIEW shaped AS SELECT d::text, m::text AS m, date_trunc('day', m)::text AS day, i::text AS i, b::text AS b, f::text AS f, to_tsvector(t) AS t,
           xmlelement(name x, b)::text AS x, n::text AS n, current_setting('datestyle') AS style FROM base`,
        ],
      ],
    });
    expect(untold(trip)).toEqual([]);
  },
);

scenario('restores as the role that a login becomes', async () => {
  const trip = await roundTrip(vault, {
    roles: ['app'],
    setup: [
      [
        'superuser',
        `ALTER DATABASE {database} OWNER TO {app}; ALTER ROLE {app} CREATEDB; ALTER ROLE {owner} SET role = {app}`,
      ],
      [
        'owner',
        `CREATE SCHEMA s; CREATE TABLE s.t (i serial PRIMARY KEY); INSERT INTO s.t VALUES (DEFAULT); CREATE VIEW s.v AS SELECT * FROM s.t`,
      ],
    ],
  });
  expect(trip.control.failure).toBeUndefined();
  expect(outcome(trip)).toEqual(SAME);
});
