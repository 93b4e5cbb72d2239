import { parseArgs } from 'node:util';
import { type BenchCase, writeResults } from '../results.js';
import { measureLists } from './lists.js';
import { measureRetention, type RetentionOptions } from './retention.js';
import { measureQueue, type QueueOptions } from './queue.js';
import { addSnapshots, makeProject } from './rows.js';
import { openState } from './state.js';
import { measureView } from './view.js';

interface Sizes extends RetentionOptions, QueueOptions {
  few: number;
  many: number;
  rounds: number;
  seconds: number;
}

const FULL: Sizes = {
  few: 1000,
  many: 1_000_000,
  rounds: 5,
  seconds: 3,
  decidedFew: 10_000,
  decidedMany: 1_000_000,
  removed: 40_000,
  deletionSeconds: 15,
  jobs: 10_000,
};
/** Enough to see that everything works. */
const QUICK: Sizes = {
  few: 500,
  many: 5000,
  rounds: 1,
  seconds: 0.5,
  decidedFew: 500,
  decidedMany: 5000,
  removed: 1000,
  deletionSeconds: 4,
  jobs: 200,
};

type Part = (sizes: Sizes) => Promise<BenchCase[]>;

const PARTS: Record<string, Part> = {
  view: async (sizes) => {
    const state = await openState();
    try {
      const place = await makeProject(state.dataSource, 'viewed', 1);
      const [environmentId = ''] = place.environmentIds;
      await addSnapshots(state.dataSource, place, environmentId, sizes.few);
      const [row] = await state.dataSource.query<{ id: string }[]>('SELECT id FROM snapshots LIMIT 1');
      return [await measureView(state, { environmentId, snapshotId: row?.id ?? '' }, sizes)];
    } finally {
      await state.stop();
    }
  },
  lists: measureLists,
  retention: measureRetention,
  queue: measureQueue,
};

/** The service with as much as years of use leave behind. `--quick` for small sizes, `--only view,lists` for some parts. */
export async function runServiceBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
  });
  const only = values.only?.split(',') ?? Object.keys(PARTS);
  const sizes = values.quick ? QUICK : FULL;
  for (const name of only) {
    const part = PARTS[name];
    if (part === undefined)
      throw new Error(`The bench has the parts ${Object.keys(PARTS).join(', ')}, and none called ${name}.`);
    const cases = await part(sizes);
    // Each by itself, so that one can be measured again.
    if (!values.quick) await writeResults(`service-${name}`, sizes.rounds, cases);
  }
}
