import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { capture } from '../../../../src/engine/capture/capture.js';
import { findProgram } from '../../../../src/engine/postgres/programs/programs.js';
import { surveyManifest } from '../../../../src/engine/restore/compare/manifest-survey.js';
import { query } from '../../../harness/database.js';
import { restoreInto } from '../../../harness/restore-into.js';
import { installationWith } from '../../../harness/postgres-installation.js';
import { type PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { makeVault, type VaultFixture } from '../../pack-vault/fixture.js';
import { quietly } from './restore-fixture.js';

/** With a table whose rows belong partly to the extension and partly to its user, one that is all the user's, and others. */
const EXTENSION = {
  name: 'tariffs',
  sql: `
    CREATE TABLE tariff (name text PRIMARY KEY, price int NOT NULL, own boolean NOT NULL DEFAULT true);
    INSERT INTO tariff VALUES ('day', 10, false), ('night', 5, false);
    CREATE TABLE tariff_note (note text);
    CREATE SEQUENCE tariff_number;
    CREATE TABLE tariff_internal (version int);
    INSERT INTO tariff_internal VALUES (1);
    SELECT pg_catalog.pg_extension_config_dump('tariff', 'WHERE own');
    SELECT pg_catalog.pg_extension_config_dump('tariff_note', '');
    SELECT pg_catalog.pg_extension_config_dump('tariff_number', '');`,
};
const PROJECT = randomUUID();

let directory: string;
let server: PostgresServer;
let place: VaultFixture;
const earlier = process.env['PG_BIN'];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-installation-'));
  await chmod(directory, 0o755);
  process.env['PG_BIN'] = await installationWith(EXTENSION, directory);
  server = await startPostgresServer();
  place = await makeVault();
});

afterAll(async () => {
  if (earlier === undefined) delete process.env['PG_BIN'];
  else process.env['PG_BIN'] = earlier;
  await place?.remove();
  await server?.remove();
  await rm(directory, { recursive: true, force: true });
});

async function take(base?: string): Promise<string> {
  const snapshotId = randomUUID();
  const request = { project: PROJECT, snapshotId, database: server.address('shop') };
  await capture(base === undefined ? request : { ...request, base: { snapshotId: base } }, place.vault, quietly);
  return snapshotId;
}

async function restored(snapshotId: string) {
  const admin = server.address('postgres');
  await query(admin, 'DROP DATABASE IF EXISTS restored');
  await query(admin, 'CREATE DATABASE restored TEMPLATE template0');
  const { database } = await surveyManifest(place.vault, PROJECT, snapshotId);
  await restoreInto(
    {
      ...{ project: PROJECT, vault: place.vault, snapshotId, survey: database! },
      address: server.address('restored'),
      serverMajor: (await findProgram('postgres')).major,
      keepOwnersAndPrivileges: true,
      verification: 'all',
    },
    quietly,
  );
  const [row] = await query(
    server.address('restored'),
    `SELECT (SELECT json_agg(t ORDER BY name) FROM (SELECT name, price, own FROM tariff) t) AS tariffs,
            (SELECT array_agg(note ORDER BY note) FROM tariff_note) AS notes,
            (SELECT array_agg(version) FROM tariff_internal) AS internal, nextval('tariff_number')::int AS number`,
  );
  return row;
}

it("takes those rows of an extension's tables that belong to its user, as pg_dump does", async () => {
  await query(server.address('postgres'), 'CREATE DATABASE shop TEMPLATE template0');
  const shop = server.address('shop');
  await query(shop, 'CREATE EXTENSION tariffs');
  await query(
    shop,
    `INSERT INTO tariff VALUES ('weekend', 7); INSERT INTO tariff_note VALUES ('ours');
     UPDATE tariff SET price = 11 WHERE name = 'day'; UPDATE tariff_internal SET version = 2;
     SELECT setval('tariff_number', 41)`,
  );
  const full = await take();
  await query(shop, `INSERT INTO tariff VALUES ('holiday', 3); INSERT INTO tariff_note VALUES ('also ours')`);
  const differential = await take(full);

  const own = (name: string, price: number) => ({ name, price, own: true });
  // The extension's own rows are as it makes them, whatever became of them: that is what pg_dump leaves to it.
  const made = [
    { name: 'day', price: 10, own: false },
    { name: 'night', price: 5, own: false },
  ];
  expect(await restored(full)).toEqual({
    tariffs: [...made, own('weekend', 7)],
    notes: ['ours'],
    internal: [1],
    number: 42,
  });
  expect(await restored(differential)).toEqual({
    tariffs: [made[0], own('holiday', 3), made[1], own('weekend', 7)],
    notes: ['also ours', 'ours'],
    internal: [1],
    number: 42,
  });
});
