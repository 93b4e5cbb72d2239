import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { expectTheSame, roundTrip } from './round-trip.js';

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

it('builds an index whose predicate reads another table when that one has its rows', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE TABLE zflags (k int PRIMARY KEY, hot bool, pad text);
         INSERT INTO zflags SELECT k, k % 2 = 0, repeat('pad', 60) FROM generate_series(1, 30000) k;
         CREATE FUNCTION is_hot(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT hot FROM public.zflags WHERE k = $1';
         CREATE TABLE item (i int); INSERT INTO item SELECT generate_series(1, 1000); CREATE INDEX item_hot ON item (i) WHERE is_hot(i)`,
      ],
    ],
  });
  expect(trip.control.differences).toEqual([]);
  expectTheSame(trip);
});
