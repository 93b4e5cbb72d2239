import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { drawnTests } from '../../harness/drawn-tests.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE } from './place.js';
import { outcome, roundTrip, SAME, untold } from './round-trip.js';

vi.setConfig(PATIENCE);

/** Of one kind: this comes back, too. */
const scenario = drawnTests(1, { of: 3 });

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

it('rolls back where views cannot be refreshed, leaves those unpopulated and says which and why', async () => {
  const trip = await roundTrip(vault, {
    as: 'superuser',
    setup: [
      [
        'owner',
        `CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw;
         CREATE TABLE base (i int, d int); INSERT INTO base VALUES (1, 1), (2, 2);
         CREATE MATERIALIZED VIEW good AS SELECT DISTINCT i FROM base; CREATE UNIQUE INDEX good_i ON good (i); REFRESH MATERIALIZED VIEW CONCURRENTLY good;
         CREATE MATERIALIZED VIEW good_again AS SELECT count(*) FROM good; CREATE MATERIALIZED VIEW never AS SELECT 1 AS one WITH NO DATA;
         CREATE MATERIALIZED VIEW divides AS SELECT i, 10 / d AS q FROM base; CREATE UNIQUE INDEX divides_i ON divides (i);
         CREATE MATERIALIZED VIEW on_divides AS SELECT sum(q) FROM divides; CREATE MATERIALIZED VIEW on_both AS SELECT count(*) FROM divides, good;
         CREATE MATERIALIZED VIEW twice AS SELECT i FROM base; CREATE UNIQUE INDEX twice_i ON twice (i);
         CREATE VIEW between AS SELECT * FROM divides; CREATE MATERIALIZED VIEW through AS SELECT * FROM between;
         CREATE FUNCTION old() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT max(i) FROM public.base); END'; CREATE MATERIALIZED VIEW by_function AS SELECT old();
         CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname '{database}', port '1'); CREATE USER MAPPING FOR {owner} SERVER self OPTIONS (user '{owner}');
         CREATE FOREIGN TABLE far (i int) SERVER self OPTIONS (table_name 'base'); CREATE MATERIALIZED VIEW of_far AS SELECT 1 AS i WITH NO DATA;
         DROP MATERIALIZED VIEW of_far`,
      ],
      [
        'owner',
        // The application goes on after they were filled.
        `UPDATE base SET d = 0 WHERE i = 2; INSERT INTO base VALUES (1, 5); DELETE FROM base WHERE i = 1 AND d = 1; INSERT INTO base VALUES (1, 6);
         CREATE OR REPLACE FUNCTION old() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE ''too old''; END'`,
      ],
    ],
  });
  const broken = ['by_function', 'divides', 'on_both', 'on_divides', 'through', 'twice'];
  expect(trip.control.failure).toMatch(/division by zero/);
  expect(trip.failure).toBeUndefined();
  const after = new Map(trip.differences.map(({ what, after }) => [what, after]));
  for (const view of broken) expect([view, after.get(`rows of public.${view}`)]).toEqual([view, 'not populated']);
  const told = trip.warnings.map(({ message }) => message).join('\n');
  for (const view of broken) expect(told).toContain(view);
  expect(told).toContain('division by zero');
  expect(told).not.toMatch(/"never"|public\.never/);
  // The good one is not what it was: it was stale.
  expect(after.get('rows of public.good')).not.toBe('not populated');
  expect(untold(trip)).toEqual([]);
});

scenario('rolls back where a view reads a foreign server that is gone', async () => {
  const trip = await roundTrip(vault, {
    as: 'superuser',
    setup: [
      [
        'owner',
        `CREATE EXTENSION postgres_fdw; CREATE TABLE base (i int); INSERT INTO base VALUES (1), (2);
         CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x', connect_timeout '2'); CREATE USER MAPPING FOR {owner} SERVER elsewhere OPTIONS (user 'x', password 'y');
         CREATE FOREIGN TABLE far (i int) SERVER elsewhere;
         CREATE FUNCTION near_or_far() RETURNS SETOF int LANGUAGE plpgsql AS
           'BEGIN IF current_setting(''app.far'', true) = ''near'' THEN RETURN QUERY SELECT i FROM public.base; ELSE RETURN QUERY SELECT i FROM public.far; END IF; END';
         SELECT set_config('app.far', 'near', false); CREATE MATERIALIZED VIEW cached AS SELECT * FROM near_or_far(); CREATE UNIQUE INDEX cached_i ON cached (near_or_far);
         CREATE MATERIALIZED VIEW good AS SELECT * FROM base`,
      ],
    ],
  });
  expect(trip.control.failure).toMatch(/could not connect to server/);
  expect(trip.failure).toBeUndefined();
  expect(trip.differences.map(({ what }) => what)).toEqual(['rows of public.cached']);
  expect(untold(trip)).toEqual([]);
});

scenario(
  'refreshes with the rights of the owner of a view, behind row security, in the order of what it reads',
  async () => {
    const trip = await roundTrip(vault, {
      roles: ['writer'],
      setup: [
        [
          'superuser',
          `GRANT CREATE, USAGE ON SCHEMA public TO {writer}; CREATE TABLE z_allowed (i int, pad text); INSERT INTO z_allowed SELECT n, repeat('pad', 50) FROM generate_series(1, 20000) n; ALTER TABLE z_allowed OWNER TO {owner};
         CREATE FUNCTION allowed(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT $1 % 2 = 0 AND EXISTS (SELECT FROM public.z_allowed WHERE i = $1)'; ALTER FUNCTION allowed(int) OWNER TO {owner};
         CREATE TABLE guarded (i int); INSERT INTO guarded SELECT generate_series(1, 20); ALTER TABLE guarded OWNER TO {owner};
         GRANT SELECT ON guarded, z_allowed TO {writer}; ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON guarded USING (allowed(i))`,
        ],
        [
          'owner',
          `SET ROLE {writer}; CREATE MATERIALIZED VIEW z_of_writer AS SELECT * FROM guarded; CREATE MATERIALIZED VIEW a_on_it AS SELECT sum(i) FROM z_of_writer`,
        ],
        ['owner', `CREATE MATERIALIZED VIEW of_owner AS SELECT i AS n FROM guarded`],
      ],
    });
    expect(outcome(trip)).toEqual(SAME);
  },
);

scenario('says which views came back fresher than they were', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE TABLE base (i int); INSERT INTO base VALUES (1); CREATE MATERIALIZED VIEW stale AS SELECT * FROM base; CREATE MATERIALIZED VIEW fresh AS SELECT 1 AS one; INSERT INTO base VALUES (2)`,
      ],
    ],
  });
  expect(trip.control.differences.map(({ what }) => what)).toEqual(['rows of public.stale']);
  expect(trip.differences.map(({ what }) => what)).toEqual(['rows of public.stale']);
  expect(untold(trip)).toEqual([]);
});
