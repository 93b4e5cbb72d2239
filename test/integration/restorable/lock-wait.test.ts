import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { query } from '../../harness/database.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE, Place } from './place.js';
import { takeSnapshot } from './round-trip.js';

vi.setConfig(PATIENCE);

let vault: VaultFixture;
let place: Place;
beforeAll(async () => {
  vault = await makeVault();
  place = await Place.make({});
  await place.run([
    [
      'owner',
      `DO $$ BEGIN FOR n IN 1..1500 LOOP EXECUTE format('CREATE TABLE t%s (i int)', to_char(n, 'FM0000')); END LOOP; END $$`,
    ],
  ]);
});
afterAll(async () => {
  await place?.drop();
  await vault?.remove();
});

it('takes a snapshot although an ALTER TABLE comes between our locks and those of pg_dump', async () => {
  const snapshot = takeSnapshot(vault, place.address, { lockTimeoutMs: 1_000 });
  snapshot.catch(() => undefined);
  const locked = `SELECT FROM pg_locks WHERE relation = 't1500'::regclass AND mode = 'AccessShareLock' AND granted LIMIT 1`;
  while ((await query(place.admin, locked)).length === 0) await sleep(1);
  const begun = performance.now();
  // It waits for our lock, and pg_dump waits for it.
  await query(place.address, 'ALTER TABLE t1500 ADD COLUMN added int');
  const waited = performance.now() - begun;

  await snapshot;
  expect(waited).toBeGreaterThan(500);
});
