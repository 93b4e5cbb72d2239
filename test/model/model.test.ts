import { expect, it } from 'vitest';
import { runModel } from './model.js';
import { sampleOf, usually } from '../harness/thorough.js';

const MILLISECONDS = usually(3_000, 8_000);
/** One that is always the same, and one that is another each time. */
const SEEDS = sampleOf([1, Math.floor(Math.random() * 1_000_000)], 1);

it.each(SEEDS)(
  'a differential snapshot is what a full one of the same state is, whatever was done (npm run model -- --seed %i)',
  { timeout: 120_000 },
  async (seed) => {
    const { failure, statistics } = await runModel({ seed, rounds: 1000, milliseconds: MILLISECONDS });
    expect(failure && { ...failure, log: failure.log.join('\n') }).toBeUndefined();
    // Otherwise nothing was tried.
    expect(statistics.rounds).toBeGreaterThan(0);
  },
);
