import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { query } from '../../harness/database.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE, type Place } from './place.js';
import { roundTrip, type Scenario } from './round-trip.js';

vi.setConfig(PATIENCE);

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

interface Seen {
  entered: string[];
  addresses: Set<string>;
}

/** Like an application server with its cron: enters every database that its role owns and that allows connections, reads and writes. */
async function applicationServer(place: Place, signal: AbortSignal, seen: Seen): Promise<void> {
  const workers = Array.from({ length: 2 }, async () => {
    for (; !signal.aborted; await sleep(20)) {
      const databases = await query<{ name: string }>(
        { ...place.address, database: 'postgres' },
        `SELECT datname::text AS name FROM pg_database WHERE datallowconn AND pg_get_userbyid(datdba) = current_user AND datname <> '${place.address.database}'`,
      ).catch(() => []);
      for (const { name } of databases) {
        const there = { ...place.address, database: name };
        await query(there, `CREATE TABLE IF NOT EXISTS cron (i int)`)
          .then(() => seen.entered.push(name))
          .catch(() => undefined);
        await query(there, `INSERT INTO customer VALUES (-1, 'intruder@example.org')`).catch(() => undefined);
        const rows = await query<{ mail: string }>(there, 'SELECT mail FROM customer').catch(() => []);
        for (const { mail } of rows) seen.addresses.add(mail);
      }
    }
  });
  await Promise.all(workers);
}

const CUSTOMERS: Scenario = {
  setup: [
    [
      'owner',
      `CREATE TABLE customer (id int, mail text); INSERT INTO customer SELECT n, 'person' || n || '@example.com' FROM generate_series(1, 1500) n; CREATE TABLE bulk AS SELECT n, repeat('x', 300) AS x FROM generate_series(1, 8000) n; CREATE INDEX ON bulk (x, n)`,
    ],
  ],
  control: false,
  probes: ['SELECT count(*), min(id) FROM customer'],
};

it('lets no application server in that enters every database of its role', async () => {
  const seen: Seen = { entered: [], addresses: new Set() };

  const trip = await roundTrip(vault, {
    ...CUSTOMERS,
    meanwhile: (place, signal) => applicationServer(place, signal, seen),
  });

  expect(trip.failure).toBeUndefined();
  expect(trip.differences.map(({ what }) => what)).toEqual([]);
  expect([...seen.addresses]).toEqual([]);
});

it('shows nobody the data before it is neutral', async () => {
  const seen: Seen = { entered: [], addresses: new Set() };

  const trip = await roundTrip(vault, {
    ...CUSTOMERS,
    neutralizeSql: `SELECT pg_sleep(0.3); UPDATE customer SET mail = 'nobody' || id || '@example.net'`,
    meanwhile: (place, signal) => applicationServer(place, signal, seen),
  });

  expect(trip.failure).toBeUndefined();
  expect(trip.differences.map(({ what }) => what)).toEqual(['rows of public.customer']);
  expect([...seen.addresses].filter((mail) => mail.endsWith('@example.com'))).toEqual([]);
});
