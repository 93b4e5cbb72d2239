import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { drawnTests } from '../../harness/drawn-tests.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE } from './place.js';
import { outcome, roundTrip, SAME, untold } from './round-trip.js';

vi.setConfig(PATIENCE);

/** Of one kind: this comes back, too. */
const scenario = drawnTests(2, { of: 7 });

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

scenario('gives objects of several owners back to them, whoever owns the schema they are in', async () => {
  const trip = await roundTrip(vault, {
    roles: ['writer', 'reader', 'maker'],
    setup: [
      [
        'owner',
        `CREATE SCHEMA app; GRANT CREATE, USAGE ON SCHEMA app TO {writer}; CREATE SCHEMA theirs AUTHORIZATION {maker}; GRANT USAGE ON SCHEMA theirs TO {owner}`,
      ],
      [
        'owner',
        `SET ROLE {writer}; CREATE TABLE app.t (i serial PRIMARY KEY, j int GENERATED ALWAYS AS IDENTITY UNIQUE); INSERT INTO app.t VALUES (DEFAULT), (DEFAULT);
         CREATE VIEW app.v AS SELECT * FROM app.t; CREATE MATERIALIZED VIEW app.m AS SELECT * FROM app.t; CREATE TYPE app.e AS ENUM ('a'); CREATE DOMAIN app.d AS int CHECK (VALUE > 0);
         CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM app.t'; CREATE PROCEDURE app.p() LANGUAGE sql AS ''; CREATE SEQUENCE app.s;
         CREATE AGGREGATE app.total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0'); CREATE COLLATION app.c FROM "C"; CREATE STATISTICS app.st ON i, j FROM app.t;
         CREATE TEXT SEARCH CONFIGURATION app.ts (COPY = simple); CREATE OPERATOR app.@@@ (RIGHTARG = int, FUNCTION = int4um)`,
      ],
      [
        'owner',
        `SET ROLE {maker}; CREATE TABLE theirs.parted (i int, t text) PARTITION BY RANGE (i); CREATE TABLE theirs.parted_1 PARTITION OF theirs.parted FOR VALUES FROM (0) TO (9);
         INSERT INTO theirs.parted VALUES (1, 'x'); GRANT REFERENCES, SELECT ON theirs.parted TO {reader}; REVOKE ALL ON theirs.parted FROM {maker}`,
      ],
      ['owner', `SELECT lo_from_bytea(0, 'large'); SET ROLE {reader}; SELECT lo_from_bytea(0, 'of reader')`],
      [
        'superuser',
        `DO $$ DECLARE o oid; BEGIN SELECT oid INTO o FROM pg_largeobject_metadata WHERE lomowner = '{reader}'::regrole; EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO {writer}', o); END $$`,
      ],
      // It may not make anything there any more, and what it made stays.
      ['owner', `REVOKE CREATE ON SCHEMA app FROM {writer}`],
    ],
    probes: ['SELECT app.f()'],
  });
  expect(outcome(trip)).toEqual(SAME);
});

it('gives back what was granted, passed on, taken and set for the future', async () => {
  const trip = await roundTrip(vault, {
    roles: ['first', 'second', 'third', 'maker'],
    setup: [
      [
        'owner',
        `CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO {first} WITH GRANT OPTION; CREATE TABLE app.t (i int PRIMARY KEY, secret text, shown text); INSERT INTO app.t VALUES (1, 'a', 'b');
         GRANT SELECT, UPDATE ON app.t TO {first} WITH GRANT OPTION; GRANT SELECT (shown), UPDATE (secret), REFERENCES (i) ON app.t TO {third}; GRANT INSERT (i) ON app.t TO PUBLIC;
         CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION app.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.f() TO {first} WITH GRANT OPTION;
         CREATE TYPE app.e AS ENUM ('a'); REVOKE USAGE ON TYPE app.e FROM PUBLIC; CREATE DOMAIN app.d AS int; REVOKE ALL ON DOMAIN app.d FROM PUBLIC; GRANT USAGE ON DOMAIN app.d TO {third};
         CREATE SEQUENCE app.s; GRANT USAGE ON SEQUENCE app.s TO {third}; 
         CREATE TABLE app.read_only (i int); REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON app.read_only FROM {owner};
         CREATE FUNCTION app.nobodys() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION app.nobodys() FROM PUBLIC, {owner};
         CREATE TABLE app.ruled (i int, who name DEFAULT current_user); INSERT INTO app.ruled VALUES (1, 'x'); ALTER TABLE app.ruled ENABLE ROW LEVEL SECURITY;
         CREATE POLICY p1 ON app.ruled TO {first}, {second} USING (i > 0); CREATE POLICY p2 ON app.ruled AS RESTRICTIVE FOR UPDATE TO {third} USING (true) WITH CHECK (i < 9); CREATE POLICY p3 ON app.ruled TO current_user USING (true);
         REVOKE CREATE ON SCHEMA public FROM PUBLIC; REVOKE USAGE ON SCHEMA public FROM PUBLIC`,
      ],
      // Passed on twice.
      [
        'owner',
        `SET ROLE {first}; GRANT USAGE ON SCHEMA app TO {second} WITH GRANT OPTION; GRANT SELECT ON app.t TO {second} WITH GRANT OPTION; GRANT UPDATE ON app.t TO PUBLIC; GRANT EXECUTE ON FUNCTION app.f() TO {second} WITH GRANT OPTION`,
      ],
      [
        'owner',
        `SET ROLE {second}; GRANT USAGE ON SCHEMA app TO {third}; GRANT SELECT ON app.t TO {third} WITH GRANT OPTION; GRANT EXECUTE ON FUNCTION app.f() TO {third}`,
      ],
      ['owner', `SET ROLE {third}; GRANT SELECT ON app.t TO {maker}`],
      [
        'owner',
        `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {third}; ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO {first} WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
         ALTER DEFAULT PRIVILEGES FOR ROLE {maker} GRANT ALL ON SEQUENCES TO {first}; ALTER DEFAULT PRIVILEGES FOR ROLE {maker} REVOKE USAGE ON TYPES FROM PUBLIC; ALTER DEFAULT PRIVILEGES FOR ROLE {maker} IN SCHEMA app GRANT INSERT ON TABLES TO PUBLIC`,
      ],
    ],
    probes: ['SELECT i FROM app.t', 'INSERT INTO app.read_only VALUES (1)'],
  });
  expect(outcome(trip)).toEqual(SAME);
});

scenario('gives back everything as a superuser: languages, schemas, what belongs to nobody here', async () => {
  const trip = await roundTrip(vault, {
    as: 'superuser',
    roles: ['first', 'second', 'stranger'],
    memberOf: [],
    setup: [
      [
        'owner',
        `REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; GRANT USAGE ON LANGUAGE plpgsql TO {first} WITH GRANT OPTION; CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO {first} WITH GRANT OPTION;
         GRANT CREATE, USAGE ON SCHEMA public TO {stranger}; CREATE TABLE public.of_stranger (i int); INSERT INTO of_stranger VALUES (1); ALTER TABLE of_stranger OWNER TO {stranger};
         REVOKE EXECUTE ON FUNCTION pg_catalog.pg_backend_pid() FROM PUBLIC; GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO {first};
         GRANT SELECT ON pg_catalog.pg_authid TO {stranger}; GRANT SELECT (rolname) ON pg_catalog.pg_authid TO {second}`,
      ],
      [
        'owner',
        `SET ROLE {first}; GRANT USAGE ON LANGUAGE plpgsql TO {second}; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO {second}`,
      ],
      [
        'owner',
        `SET ROLE {stranger}; GRANT SELECT ON of_stranger TO {first} WITH GRANT OPTION; REVOKE ALL ON of_stranger FROM {stranger}`,
      ],
    ],
    probes: [
      `SELECT has_function_privilege('{stranger}', 'pg_backend_pid()', 'EXECUTE'), has_table_privilege('{stranger}', 'pg_authid', 'SELECT'), has_column_privilege('{second}', 'pg_authid', 'rolname', 'SELECT')`,
    ],
  });
  expect(trip.control.failure).toBeUndefined();
  expect(untold(trip)).toEqual([]);
});

scenario('tells of owners and grants that the role cannot put back, and brings everything else', async () => {
  const trip = await roundTrip(vault, {
    roles: ['stranger', 'friend'],
    memberOf: ['friend'],
    setup: [
      [
        'owner',
        `CREATE TABLE ours (i int PRIMARY KEY); INSERT INTO ours VALUES (1), (2); GRANT SELECT ON ours TO {friend}; GRANT SELECT ON ours TO {stranger} WITH GRANT OPTION; GRANT CREATE, USAGE ON SCHEMA public TO {stranger}`,
      ],
      [
        'superuser',
        `SET ROLE {stranger}; GRANT SELECT ON ours TO {friend}; RESET ROLE; CREATE FUNCTION odd_one() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION odd_one() OWNER TO {stranger}`,
      ],
    ],
    probes: ['SELECT count(*) FROM ours'],
  });
  expect(trip.control.failure).toBeDefined();
  expect(trip.captureWarnings.map(({ message }) => message).join('\n')).toMatch(/odd_one/);
  expect(untold(trip)).toEqual([]);
  expect(trip.differences.map(({ what }) => what)).not.toContain('rows of public.ours');
});

scenario('comes back without the schema public where there was none, or says so', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      ['owner', `CREATE SCHEMA app; CREATE TABLE app.t (i int); INSERT INTO app.t VALUES (1)`],
      ['superuser', 'DROP SCHEMA public'],
    ],
  });
  expect(untold(trip)).toEqual([]);
});

scenario('has its settings, comment and limit as they were, and lets nobody in who may not now', async () => {
  const trip = await roundTrip(vault, {
    roles: ['guest'],
    setup: [
      [
        'owner',
        `CREATE TABLE t (i int); INSERT INTO t VALUES (1); ALTER DATABASE {database} SET search_path = "$user", public, app; ALTER DATABASE {database} SET application_name = 'one, "two"'; ALTER DATABASE {database} CONNECTION LIMIT 50;
         COMMENT ON DATABASE {database} IS 'as captured'; REVOKE CONNECT ON DATABASE {database} FROM PUBLIC`,
      ],
    ],
    damage: [
      [
        'owner',
        `ALTER DATABASE {database} RESET search_path; ALTER DATABASE {database} SET work_mem = '8MB'; ALTER DATABASE {database} CONNECTION LIMIT 40; COMMENT ON DATABASE {database} IS 'as deployed'`,
      ],
    ],
    control: false,
  });
  expect(outcome(trip)).toEqual(SAME);
});

scenario('keeps who may enter as it is now, whatever was allowed when the snapshot was taken', async () => {
  const trip = await roundTrip(vault, {
    roles: ['guest'],
    setup: [
      [
        'owner',
        `CREATE TABLE t (i int); INSERT INTO t VALUES (1); GRANT CONNECT, CREATE ON DATABASE {database} TO {guest}`,
      ],
    ],
    damage: [
      ['owner', `REVOKE ALL ON DATABASE {database} FROM {guest}; REVOKE CONNECT ON DATABASE {database} FROM PUBLIC`],
    ],
    control: false,
  });
  expect(trip.failure).toBeUndefined();
  const [difference, ...others] = trip.differences;
  expect(others).toEqual([]);
  expect(difference?.what).toBe('database itself');
  expect(difference?.before).toContain('guest');
  expect(difference?.after).not.toMatch(/guest|PUBLIC=CONNECT/);
});

scenario(
  'gives back what a grantee passed on in a schema that only its guests may use, also as a superuser',
  async () => {
    const trip = await roundTrip(vault, {
      as: 'superuser',
      roles: ['first', 'second'],
      setup: [
        [
          'owner',
          `CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO {first}; CREATE TABLE app.t (i int PRIMARY KEY); GRANT SELECT ON app.t TO {first} WITH GRANT OPTION;
         SET ROLE {first}; GRANT SELECT ON app.t TO {second}; RESET ROLE`,
        ],
      ],
    });
    expect(outcome(trip)).toEqual(SAME);
  },
);
