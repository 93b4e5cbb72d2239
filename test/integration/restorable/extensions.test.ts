import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sampleOf } from '../../harness/thorough.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE } from './place.js';
import { outcome, roundTrip, type RoundTrip, SAME, untold } from './round-trip.js';

vi.setConfig(PATIENCE);

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

/** By their names, what a comparison must not find. */
const about = (trip: RoundTrip, words: RegExp) => trip.differences.filter(({ what }) => words.test(what));

const PRIVILEGES = `
  GRANT EXECUTE ON FUNCTION similarity(text, text) TO {reader}; REVOKE EXECUTE ON FUNCTION show_trgm(text) FROM PUBLIC;
  REVOKE ALL ON FUNCTION akeys(hstore) FROM PUBLIC; GRANT EXECUTE ON FUNCTION akeys(hstore) TO {reader} WITH GRANT OPTION;
  REVOKE USAGE ON TYPE hstore FROM PUBLIC; GRANT USAGE ON TYPE hstore TO {reader}`;

describe.each(sampleOf(['owner', 'superuser'] as const, 1))('as %s', (as) => {
  it('brings extensions back with their privileges, in their versions and with nothing to warn about', async () => {
    const trip = await roundTrip(vault, {
      as,
      roles: ['reader'],
      setup: [
        [
          'owner',
          `CREATE SCHEMA ext; CREATE EXTENSION pg_trgm; CREATE EXTENSION hstore VERSION '1.6'; CREATE EXTENSION citext SCHEMA ext VERSION '1.5'; CREATE EXTENSION cube VERSION '1.4';
           COMMENT ON EXTENSION cube IS 'our own words';
           CREATE TABLE t (h hstore, c ext.citext, k cube); INSERT INTO t VALUES ('a=>1, b=>NULL', 'Aa', '(1,2)');
           CREATE INDEX ON t USING gist (h); CREATE INDEX ON t (c); CREATE INDEX ON t USING gist (k)`,
        ],
        [
          as === 'owner' ? 'superuser' : 'owner',
          // Members of a trusted extension belong to the superuser, and only its owner may drop it.
          PRIVILEGES,
        ],
      ],
      probes: [`SELECT c::text::ext.citext OPERATOR(ext.=) 'aA'::ext.citext FROM t`],
    });
    expect(trip.warnings.map(({ code }) => code)).not.toContain('roles-mapped');
    expect(about(trip, /^installed/)).toEqual([]);
    // Only a superuser may do all of this.
    expect(as === 'superuser' ? outcome(trip) : untold(trip)).toEqual(as === 'superuser' ? SAME : []);
  });

  it('has the members of an extension as they were altered, and what is built on that', async () => {
    const trip = await roundTrip(vault, {
      as,
      setup: [
        [
          'owner',
          `CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm; CREATE EXTENSION hstore; CREATE EXTENSION fuzzystrmatch`,
        ],
        [
          'superuser',
          `ALTER FUNCTION unaccent(text) IMMUTABLE; ALTER FUNCTION unaccent(regdictionary, text) IMMUTABLE PARALLEL RESTRICTED COST 7;
           ALTER FUNCTION levenshtein(text, text) CALLED ON NULL INPUT SET work_mem = '8MB'; ALTER FUNCTION difference(text, text) SECURITY DEFINER LEAKPROOF;
           COMMENT ON FUNCTION soundex(text) IS 'sounds like'; ALTER FUNCTION text_soundex(text) OWNER TO {owner}; ALTER FUNCTION metaphone(text, int) RESET ALL`,
        ],
        [
          'owner',
          `CREATE TABLE partner (name varchar, folded text GENERATED ALWAYS AS (lower(unaccent(name::text))) STORED);
           INSERT INTO partner SELECT 'Élodie Müller ' || n FROM generate_series(1, 50) n;
           CREATE INDEX partner_name ON partner USING gin (unaccent(name::text) gin_trgm_ops); CREATE INDEX partner_folded ON partner (unaccent(name::text))`,
        ],
      ],
      probes: [`SET enable_seqscan = off; SELECT count(*) FROM partner WHERE unaccent(name::text) LIKE '%Elodie%'`],
    });
    expect(trip.control.failure).toMatch(/must be marked IMMUTABLE|generation expression is not immutable/);
    // The role may not alter what is the superuser's: that is known when the snapshot is taken.
    const known = trip.captureWarnings.some(({ message }) => message.includes('unaccent'));
    expect(known).toBe(as === 'owner');
    const failedAsTold = as === 'owner' && trip.failure !== undefined;
    expect(failedAsTold ? [] : untold(trip)).toEqual([]);
    expect(as === 'superuser' ? outcome(trip) : SAME).toEqual(SAME);
  });
});

it('tells beforehand what a role that is no superuser cannot make again', async () => {
  const trip = await roundTrip(vault, {
    roles: ['stranger'],
    memberOf: [],
    setup: [
      ['owner', `CREATE TABLE kept (i int PRIMARY KEY); INSERT INTO kept VALUES (1), (2)`],
      [
        'superuser',
        `CREATE EXTENSION file_fdw; CREATE EXTENSION pageinspect; CREATE EXTENSION pg_buffercache;
         CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END'; CREATE EVENT TRIGGER watch ON ddl_command_start EXECUTE FUNCTION on_ddl();
         GRANT CREATE, USAGE ON SCHEMA public TO {stranger}; CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION theirs() OWNER TO {stranger};
         CREATE VIEW their_view AS SELECT 1 AS one; ALTER VIEW their_view OWNER TO {stranger}; CREATE FUNCTION of_superuser() RETURNS int LANGUAGE internal IMMUTABLE AS 'pg_backend_pid'`,
      ],
    ],
  });
  expect(trip.control.failure).toBeDefined();
  const told = trip.captureWarnings.map(({ message }) => message).join('\n');
  for (const name of ['file_fdw', 'pageinspect', 'pg_buffercache', 'watch', 'theirs', 'stranger'])
    expect(told).toContain(name);
  expect(trip.failure ? [] : untold(trip)).toEqual([]);
});

it('puts foreign servers back, their options, mappings and tables', async () => {
  const trip = await roundTrip(vault, {
    as: 'superuser',
    roles: ['reader'],
    setup: [
      [
        'owner',
        `CREATE EXTENSION postgres_fdw; CREATE EXTENSION file_fdw;
         CREATE SERVER gone FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1'); CREATE USER MAPPING FOR {reader} SERVER gone OPTIONS (user 'x', password 'y');
         CREATE FOREIGN TABLE far (i int CHECK (i > 0)) SERVER gone OPTIONS (table_name 'near'); GRANT USAGE ON FOREIGN SERVER gone TO {reader}; GRANT SELECT ON far TO {reader};
         CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN TABLE lines (t text) SERVER files OPTIONS (filename '/nowhere');
         CREATE TABLE parted (i int) PARTITION BY RANGE (i); CREATE TABLE parted_near PARTITION OF parted FOR VALUES FROM (0) TO (10);
         CREATE FOREIGN TABLE parted_far PARTITION OF parted FOR VALUES FROM (10) TO (20) SERVER gone; INSERT INTO parted VALUES (1), (2)`,
      ],
    ],
  });
  expect(trip.control).toEqual({ differences: [] });
  expect(outcome(trip)).toEqual(SAME);
});
