import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cell, runCell } from './cells.js';
import { Slot } from './slot.js';
import { sampleOf } from '../../harness/thorough.js';
import { Place } from './place.js';

/* The short form of the disks of `npm run faults:rollback`. */

const cells: (Cell & { status: string })[] = [
  { step: 'stage-database', side: 'before', victim: 'database disk', status: 'failed' },
  { step: 'stage-database', side: 'before', victim: 'files disk', status: 'failed' },
  { step: 'exchange-directories', side: 'after', victim: 'files disk', status: 'completed' },
];

let slot: Slot;
let place: Place | undefined;

beforeAll(async () => {
  slot = await Slot.start({ smallDisks: true });
  // Only who may mount has a disk that can be filled.
  if (slot.disks === undefined) return;
  const worker = await slot.startWorker();
  place = await Place.create(slot);
  await slot.end(worker);
}, 180_000);

afterAll(() => slot.stop());

// The one that ends in a failure, and one of the others.
it.for([cells[0]!, ...sampleOf(cells.slice(1), 1)])(
  'keeps every promise while there is no room: $side $step, $victim',
  { timeout: 180_000 },
  async ({ status, ...cell }, { skip }) => {
    if (place === undefined) return skip();
    expect(await runCell(place, cell)).toMatchObject({ broken: [], status });
  },
);
