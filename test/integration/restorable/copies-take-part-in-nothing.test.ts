import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { query } from '../../harness/database.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE, Place } from './place.js';
import { outcome, roundTrip, SAME, verification } from './round-trip.js';

vi.setConfig(PATIENCE);

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

it('verifies a database with subscriptions without a second one, and leaves nothing', async () => {
  const place = await Place.make({ as: 'superuser' });
  try {
    await place.run([
      [
        'owner',
        `CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE PUBLICATION all_of_it FOR ALL TABLES;
         CREATE SUBSCRIPTION live CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p WITH (connect = false, slot_name = 'live_slot');
         CREATE SUBSCRIPTION without CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
      ],
    ]);
    const mine = place.address.database;
    const elsewhere = `SELECT s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname <> '${mine}' AND pg_get_userbyid(s.subowner) = '${place.address.user}'`;
    const seen: unknown[] = [];

    const { failure, leftOver } = await verification(vault, place, async (signal) => {
      while (!signal.aborted) seen.push(...(await query(inject('postgres'), elsewhere)));
    });

    expect({ failure, leftOver, seen: seen.length }).toEqual({ failure: undefined, leftOver: [], seen: 0 });
    expect(await place.databases()).toEqual([mine]);
  } finally {
    for (const database of await place.databases()) await dropSubscriptions({ ...place.admin, database });
    await place.drop();
  }
});

/** No database with one can be dropped. */
async function dropSubscriptions(address: DatabaseAddress): Promise<void> {
  const rows = await query<{ name: string }>(
    address,
    'SELECT subname::text AS name FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())',
  );
  for (const { name } of rows) {
    await query(address, `ALTER SUBSCRIPTION ${name} DISABLE`);
    await query(address, `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`);
    await query(address, `DROP SUBSCRIPTION ${name}`);
  }
}

it('brings publications and event triggers back without their acting meanwhile', async () => {
  const trip = await roundTrip(vault, {
    as: 'superuser',
    setup: [
      [
        'owner',
        `CREATE TABLE t (i int PRIMARY KEY, x text); INSERT INTO t VALUES (1, 'x'); CREATE INDEX ON t (x); CREATE TABLE ddl_log (tag text); CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
         CREATE PUBLICATION all_of_it FOR ALL TABLES; CREATE PUBLICATION some_of_it FOR TABLE t (i) WHERE (i > 0) WITH (publish = 'insert');
         CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ddl_log VALUES (tg_tag); END'; CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no changes here''; END'`,
      ],
      // Of another owner than the environment's role.
      ['superuser', 'CREATE EVENT TRIGGER theirs ON table_rewrite EXECUTE FUNCTION refuse()'],
      [
        'owner',
        `CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION log_ddl(); ALTER EVENT TRIGGER log_ddl ENABLE ALWAYS;
         CREATE EVENT TRIGGER rewrites ON table_rewrite EXECUTE FUNCTION refuse(); CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX', 'CREATE TABLE', 'REFRESH MATERIALIZED VIEW', 'COMMENT', 'GRANT') EXECUTE FUNCTION refuse()`,
      ],
    ],
    damage: [['superuser', 'DROP EVENT TRIGGER refuse; DROP EVENT TRIGGER log_ddl']],
  });
  expect(trip.control.failure).toMatch(/no changes here/);
  // Nothing may be made in it, our marker either.
  expect(outcome(trip, ['differential-not-possible'])).toEqual(SAME);
});
