import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleOf } from '../../harness/thorough.js';
import { runCell } from './cells.js';
import type { Cell } from './cells.js';
import { Slot } from './slot.js';
import { Place } from './place.js';

/*
 * The short form of the kill matrix (`npm run faults:rollback`): where the environment is half swapped, one blow of each
 * kind; and one where what was swapped out is open to be captured. An ordinary run draws two of them. One at a random instant of several rollbacks is in `kill-matrix.long.test.ts`.
 */

const cells: Cell[] = sampleOf<Cell>(
  [
    { step: 'swap-databases', side: 'after', victim: 'paused' },
    { step: 'exchange-directories', side: 'after', victim: 'both' },
    { step: 'open', side: 'before', victim: 'PostgreSQL' },
    { step: 'door-opened', side: 'after', victim: 'worker' },
  ],
  2,
);

let slot: Slot;
let place: Place;

beforeAll(async () => {
  slot = await Slot.start();
  slot.inAHurry = true;
  const worker = await slot.startWorker();
  place = await Place.create(slot);
  await slot.end(worker);
}, 180_000);

afterAll(() => slot.stop());

it.each(cells)(
  'keeps every promise: $side $step, $victim',
  async (cell) => {
    const { broken, status, reads } = await runCell(place, cell);
    expect(broken).toEqual([]);
    expect(status).toBe(cell.step === 'swap-databases' ? 'reverted' : 'completed');
    expect(reads).toBeGreaterThan(0);
  },
  180_000,
);
