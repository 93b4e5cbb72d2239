import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { installationWith } from '../../harness/postgres-installation.js';
import { type PostgresServer, startPostgresServer } from '../../harness/postgres-server.js';
import { drawnTests } from '../../harness/drawn-tests.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE } from './place.js';
import { outcome, roundTrip, SAME, untold } from './round-trip.js';

vi.setConfig(PATIENCE);

/** Its tables are there, constraints, triggers and all, before any row is. */
const EXTENSION = {
  name: 'orders',
  sql: `
    CREATE TABLE c_root (id int PRIMARY KEY, name text);
    CREATE TABLE b_child (id int PRIMARY KEY, root int NOT NULL REFERENCES c_root);
    CREATE TABLE a_grandchild (id int PRIMARY KEY, child int REFERENCES b_child, self int REFERENCES a_grandchild);
    CREATE FUNCTION has_root(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT EXISTS (SELECT FROM @extschema@.c_root WHERE id = $1)';
    CREATE TABLE a_checked (root int CHECK (@extschema@.has_root(root)));
    CREATE TABLE a_partly (id int REFERENCES c_root, own bool DEFAULT true, note text);
    INSERT INTO c_root VALUES (1, 'ours'); INSERT INTO a_partly VALUES (1, false, 'as made');
    CREATE TABLE version (n int); INSERT INTO version VALUES (1);
    CREATE TABLE noted (name text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := NEW.name || ''!''; RETURN NEW; END';
    CREATE TRIGGER note BEFORE INSERT ON noted FOR EACH ROW EXECUTE FUNCTION @extschema@.note();
    SELECT pg_catalog.pg_extension_config_dump('c_root', 'WHERE id > 1'); SELECT pg_catalog.pg_extension_config_dump('b_child', '');
    SELECT pg_catalog.pg_extension_config_dump('a_grandchild', ''); SELECT pg_catalog.pg_extension_config_dump('a_checked', '');
    SELECT pg_catalog.pg_extension_config_dump('a_partly', 'WHERE own'); SELECT pg_catalog.pg_extension_config_dump('noted', '');`,
};

let directory: string;
let server: PostgresServer;
/** Of one kind: this comes back, too. */
const scenario = drawnTests(1, { of: 3 });

let vault: VaultFixture;
const earlier = process.env['PG_BIN'];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-installation-'));
  await chmod(directory, 0o755);
  process.env['PG_BIN'] = await installationWith(EXTENSION, directory);
  server = await startPostgresServer();
  vault = await makeVault();
});
afterAll(async () => {
  if (earlier === undefined) delete process.env['PG_BIN'];
  else process.env['PG_BIN'] = earlier;
  await vault?.remove();
  await server?.remove();
  await rm(directory, { recursive: true, force: true });
});

const inServer = () => ({ server: server.address('postgres'), as: 'superuser' as const });

scenario('loads tables of an extension in the order of the foreign keys between them', async () => {
  const trip = await roundTrip(vault, {
    ...inServer(),
    setup: [
      [
        'owner',
        `CREATE EXTENSION orders;
         INSERT INTO c_root SELECT n, repeat('wide', 100) || n FROM generate_series(2, 3000) n; INSERT INTO b_child SELECT n, n FROM generate_series(2, 300) n;
         INSERT INTO a_grandchild SELECT n, n, n / 2 + 1 FROM generate_series(2, 90) n; INSERT INTO a_partly VALUES (7, true, 'ours');
         CREATE TABLE aa_user (root int REFERENCES c_root); INSERT INTO aa_user VALUES (1), (5)`,
      ],
    ],
  });
  expect(trip.control).toEqual({ differences: [] });
  expect(outcome(trip)).toEqual(SAME);
});

scenario('loads those last that are checked by a function of other rows, which pg_restore cannot', async () => {
  const trip = await roundTrip(vault, {
    ...inServer(),
    setup: [
      [
        'owner',
        `CREATE EXTENSION orders; INSERT INTO c_root SELECT n, repeat('wide', 100) || n FROM generate_series(2, 3000) n; INSERT INTO a_checked VALUES (1), (5), (7)`,
      ],
    ],
  });
  expect(trip.control.failure).toMatch(/violates check constraint/);
  expect(outcome(trip)).toEqual(SAME);
});

scenario('says which rows of an extension came back as the extension makes them, or as its triggers do', async () => {
  const trip = await roundTrip(vault, {
    ...inServer(),
    setup: [
      [
        'owner',
        `CREATE EXTENSION orders; UPDATE version SET n = 2; UPDATE a_partly SET note = 'changed' WHERE NOT own; UPDATE c_root SET name = 'not ours';
         INSERT INTO noted VALUES ('once')`,
      ],
    ],
  });
  const changed = ['a_partly', 'c_root', 'noted', 'version'].map((table) => `rows of public.${table}`);
  expect(trip.control.differences.map(({ what }) => what)).toEqual(changed);
  expect(changed).toEqual(expect.arrayContaining(trip.differences.map(({ what }) => what)));
  expect(untold(trip)).toEqual([]);
});
