import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../harness/postgres-server.js';
import { drawnTests } from '../../harness/drawn-tests.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE } from './place.js';
import { outcome, roundTrip, SAME } from './round-trip.js';

vi.setConfig(PATIENCE);

let locales: string;
let server: PostgresServer;
/** Of one kind: this comes back, too. */
const scenario = drawnTests(1, { of: 2 });

let vault: VaultFixture;
beforeAll(async () => {
  // The machine need not have been set up for German.
  locales = await mkdtemp(join(tmpdir(), 'snapback-test-locales-'));
  await chmod(locales, 0o755);
  await promisify(execFile)('localedef', ['-i', 'de_DE', '-f', 'UTF-8', join(locales, 'de_DE.utf8')]);
  server = await startPostgresServer({ environment: { LOCPATH: locales } });
  vault = await makeVault();
});
afterAll(async () => {
  await vault?.remove();
  await server?.remove();
  await rm(locales, { recursive: true, force: true });
});

const MONEY = `
  CREATE TABLE price (m money DEFAULT '1.234,50' CHECK (m < '99.999,00'::money), ms money[]); INSERT INTO price VALUES (DEFAULT, '{"0,01","1.234.567,89"}'), ('-5,00', '{}');
  CREATE DOMAIN cheap AS money CHECK (VALUE < '1.000,00'::money); CREATE TABLE offer (c cheap); INSERT INTO offer VALUES ('999,99');
  CREATE INDEX price_dear ON price (m) WHERE m > '1.000,00'::money; CREATE VIEW dear AS SELECT * FROM price WHERE m > '1.000,00'::money`;

scenario('has literals and amounts as they were where a database counts its money in another way', async () => {
  const trip = await roundTrip(vault, {
    server: server.address('postgres'),
    setup: [
      [
        'owner',
        `ALTER DATABASE {database} SET lc_monetary = 'de_DE.utf8'; ALTER DATABASE {database} SET lc_numeric = 'de_DE.utf8'`,
      ],
      ['owner', MONEY],
      ['owner', `CREATE MATERIALIZED VIEW told AS SELECT m::text, to_char(1234.5, '9G999D9') AS n FROM price`],
    ],
  });
  // Into an empty database, which has no settings yet.
  expect(trip.control.failure).toMatch(/invalid input syntax for type money/);
  expect(outcome(trip)).toEqual(SAME);
});

scenario('has them where a role does', async () => {
  const trip = await roundTrip(vault, {
    server: server.address('postgres'),
    setup: [
      ['owner', `ALTER ROLE {owner} SET lc_monetary = 'de_DE.utf8'`],
      ['owner', MONEY],
    ],
  });
  expect(trip.control.failure).toBeUndefined();
  expect(outcome(trip)).toEqual(SAME);
});
