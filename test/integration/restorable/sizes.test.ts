import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { outcome, roundTrip, SAME } from './round-trip.js';

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

it('brings back a table that is as long as a chunk is and whose rows are a hundred times longer', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE TABLE wide (i int, t text); INSERT INTO wide SELECT n, repeat('a', 100000) FROM generate_series(1, 751) n`,
      ],
    ],
    control: false,
  });
  expect(outcome(trip)).toEqual(SAME);
});
