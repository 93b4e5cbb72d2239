import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE } from './place.js';
import { outcome, roundTrip, SAME } from './round-trip.js';

vi.setConfig(PATIENCE);

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
