import { sqlDatabase } from '../corpus-database.js';
import type { CorpusDatabase } from '../corpus-database.js';
import { run } from '../programs.js';

const GERMAN = 'de_DE.utf8';

async function germanIsMissing(): Promise<string | undefined> {
  if (!(await hasGerman()) && process.getuid?.() === 0)
    await run(['localedef', '-c', '-i', 'de_DE', '-f', 'UTF-8', 'de_DE.UTF-8']).catch(() => undefined);
  return (await hasGerman()) ? undefined : `the system has no locale ${GERMAN}`;
}

async function hasGerman(): Promise<boolean> {
  return (await run(['locale', '-a']).catch(() => '')).split('\n').includes(GERMAN);
}

/** What only works under the search path and the settings that the application has. */
export const namesAndSettings: CorpusDatabase[] = [
  sqlDatabase({
    name: 'array-nulls',
    about: 'a role with array_nulls off, and arrays that hold a NULL',
    sql: ({ id }) => `
      CREATE TABLE lists (n int PRIMARY KEY, words text[], numbers int[][]);
      INSERT INTO lists VALUES (1, ARRAY['x', NULL], ARRAY[[1, NULL], [2, 3]]), (2, ARRAY[NULL]::text[], NULL), (3, '{}', '{}');
      ALTER ROLE ${id} SET array_nulls = off`,
  }),
  sqlDatabase({
    name: 'role-settings',
    about: 'a role and a database whose settings change how values are read and written, and how long a session lives',
    sql: ({ id }) => `
      CREATE TABLE kinds (n int PRIMARY KEY, b bytea, d date, t timestamptz, i interval, f float8, x xml, j text);
      INSERT INTO kinds VALUES (1, '\\x00ff5c', '2026-02-03', '2026-02-03 04:05:06+00', '1 year 2 mons -3 days 04:05:06.789',
        0.1, '<a/>', E'back\\\\slash');
      CREATE TABLE laws (n int PRIMARY KEY, at timestamptz DEFAULT '03/02/2026 10:00', CHECK (at > '01/02/2020'));
      INSERT INTO laws SELECT n FROM generate_series(1, 50) n;
      ALTER ROLE ${id} SET bytea_output = 'escape';
      ALTER ROLE ${id} SET DateStyle = 'SQL, DMY';
      ALTER ROLE ${id} SET IntervalStyle = 'sql_standard';
      ALTER ROLE ${id} SET extra_float_digits = -5;
      ALTER ROLE ${id} SET TimeZone = 'America/St_Johns';
      ALTER ROLE ${id} SET xmloption = 'document';
      ALTER ROLE ${id} SET xmlbinary = 'hex';
      ALTER ROLE ${id} SET standard_conforming_strings = off;
      ALTER ROLE ${id} SET statement_timeout = '3s';
      ALTER ROLE ${id} SET lock_timeout = '500ms';
      ALTER ROLE ${id} SET idle_in_transaction_session_timeout = '700ms';
      ALTER ROLE ${id} SET idle_session_timeout = '700ms';
      ALTER ROLE ${id} SET default_transaction_isolation = 'serializable';
      ALTER ROLE ${id} SET default_transaction_read_only = on;`,
    after: ({ id }) => `
      ALTER DATABASE ${id} SET search_path = public, pg_catalog;
      ALTER DATABASE ${id} CONNECTION LIMIT 150;
      COMMENT ON DATABASE ${id} IS 'not only of one line
and with a ''quote''';`,
    damage: ({ id }) => `ALTER DATABASE ${id} SET search_path = nowhere; COMMENT ON DATABASE ${id} IS NULL`,
    changes: 'SELECT 1',
  }),
  sqlDatabase({
    name: 'money-in-german',
    about: 'lc_monetary of the database, and a CHECK with an amount written in it',
    packages: ['locales'],
    missing: germanIsMissing,
    before: ({ id }) => `ALTER DATABASE ${id} SET lc_monetary = '${GERMAN}'`,
    sql: `
      CREATE TABLE price (n int PRIMARY KEY, m money, CHECK (m < '99.999,00'::money));
      INSERT INTO price SELECT n, (n * 1.5)::numeric::money FROM generate_series(1, 500) n;`,
  }),
  sqlDatabase({
    name: 'earth-generated',
    about: 'a generated column of earthdistance, which leaves schemas out',
    quick: 'superuser',
    before: 'CREATE EXTENSION cube; CREATE EXTENSION earthdistance',
    sql: `
      CREATE TABLE spot (n int PRIMARY KEY, lat float8, lon float8, e earth GENERATED ALWAYS AS (ll_to_earth(lat, lon)) STORED);
      INSERT INTO spot SELECT n, n % 90, n % 180 FROM generate_series(1, 1000) n;`,
  }),
  sqlDatabase({
    name: 'earth-indexed',
    about: 'a GiST index on an expression of earthdistance',
    before: 'CREATE EXTENSION cube; CREATE EXTENSION earthdistance',
    sql: `
      CREATE TABLE spot (n int PRIMARY KEY, lat float8, lon float8);
      INSERT INTO spot SELECT n, n % 90, n % 180 FROM generate_series(1, 1000) n;
      CREATE INDEX spot_place ON spot USING gist (ll_to_earth(lat, lon));`,
  }),
  sqlDatabase({
    name: 'operator-elsewhere',
    about:
      "hstore in a schema of its own, compared in a trigger's WHEN, and functions with unqualified names in indexes",
    before: ({ id }) => `ALTER DATABASE ${id} SET search_path = public, ext`,
    sql: `
      CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext;
      CREATE TABLE doc (n int PRIMARY KEY, e ext.hstore, t text);
      INSERT INTO doc SELECT n, ext.hstore('k', n::text), 'Text ' || n FROM generate_series(1, 500) n;
      CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER changed BEFORE UPDATE ON doc FOR EACH ROW WHEN (OLD.e IS DISTINCT FROM NEW.e) EXECUTE FUNCTION touched();
      CREATE FUNCTION helper(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
      CREATE FUNCTION shown(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT helper($1)';
      CREATE INDEX doc_shown ON doc (shown(t));
      CREATE VIEW shown_docs AS SELECT n, shown(t) FROM doc;`,
  }),
  sqlDatabase({
    name: 'unaccent-made-immutable',
    about: 'unaccent altered to be immutable and indexed, as Odoo and Tryton do by themselves',
    roles: ['owner', 'superuser'],
    before: `CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm; ALTER FUNCTION unaccent(text) IMMUTABLE`,
    sql: `
      CREATE TABLE partner (id serial PRIMARY KEY, name varchar NOT NULL);
      INSERT INTO partner (name) SELECT 'Élodie Müller ' || n FROM generate_series(1, 2000) n;
      CREATE INDEX partner_name ON partner USING gin (unaccent(name::text) gin_trgm_ops);
      CREATE INDEX partner_name_plain ON partner (unaccent(name::text));`,
    probes: [`SET enable_seqscan = off; SELECT count(*) FROM partner WHERE unaccent(name::text) = 'Elodie Muller 7'`],
  }),
];
