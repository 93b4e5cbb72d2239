import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cell, runCell } from './cells.js';
import { Lane } from './lane.js';
import { Place } from './place.js';

/* The short form of the disks of `npm run faults:rollback`. */

const cells: (Cell & { status: string })[] = [
  { step: 'stage-database', side: 'before', victim: 'database disk', status: 'failed' },
  { step: 'stage-database', side: 'before', victim: 'files disk', status: 'failed' },
  { step: 'exchange-directories', side: 'after', victim: 'files disk', status: 'completed' },
];

let lane: Lane;
let place: Place | undefined;

beforeAll(async () => {
  lane = await Lane.start({ smallDisks: true });
  // Only who may mount has a disk that can be filled.
  if (lane.disks === undefined) return;
  const worker = await lane.startWorker();
  place = await Place.create(lane);
  await lane.end(worker);
}, 180_000);

afterAll(() => lane.stop());

it.for(cells)(
  'keeps every promise while there is no room: $side $step, $victim',
  { timeout: 180_000 },
  async ({ status, ...cell }, { skip }) => {
    if (place === undefined) return skip();
    expect(await runCell(place, cell)).toMatchObject({ broken: [], status });
  },
);
