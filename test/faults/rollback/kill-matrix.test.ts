import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleOf } from '../../harness/thorough.js';
import { runCell } from './cells.js';
import type { Cell } from './cells.js';
import { Slot } from './slot.js';
import { Place } from './place.js';

/*
 * The short form of the kill matrix (`npm run faults:rollback`): where the environment is half swapped, one blow of each
 * kind; and one where what was swapped out is open to be captured. An ordinary run draws one of them, and one where the filestore is a mount point. One at a random instant of several rollbacks is in `kill-matrix.long.test.ts`.
 */

const cells: Cell[] = sampleOf<Cell>(
  [
    { step: 'swap-databases', side: 'after', victim: 'paused' },
    { step: 'exchange-directories', side: 'after', victim: 'both' },
    { step: 'open', side: 'before', victim: 'PostgreSQL' },
    { step: 'door-opened', side: 'after', victim: 'worker' },
  ],
  1,
);

/** The same where the filestore is a mount point, half of whose entries are exchanged. */
const mounted: Cell[] = sampleOf<Cell>(
  [
    { step: 'second-entry', side: 'before', victim: 'worker' },
    { step: 'middle-entry', side: 'before', victim: 'paused' },
    { step: 'middle-entry', side: 'before', victim: 'both' },
    { step: 'top-itself', side: 'before', victim: 'worker' },
    { step: 'exchange-directories', side: 'before', victim: 'paused' },
  ],
  1,
);

let slot: Slot;
let place: Place;
/** Only who may mount has one. */
let mountedPlace: Place | undefined;

beforeAll(async () => {
  slot = await Slot.start();
  slot.inAHurry = true;
  const worker = await slot.startWorker();
  place = await Place.create(slot);
  mountedPlace = await Place.create(slot, { mounted: true }).catch(() => undefined);
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

it.for(mounted)(
  'keeps every promise where the filestore is a mount point: $side $step, $victim',
  { timeout: 180_000 },
  async (cell, { skip }) => {
    if (mountedPlace === undefined) return skip();
    expect(await runCell(mountedPlace, cell)).toMatchObject({ broken: [], status: 'completed' });
  },
);
