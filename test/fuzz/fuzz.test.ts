import { expect, it } from 'vitest';
import { missing } from '../../scripts/toolchains/tools.js';
import { operationsToReach } from './reached.js';
import { runFuzz } from './run-fuzz.js';
import { SHORT } from './short.js';

/* The short form of `npm run fuzz`, with a seed of its own each time; a failure says it. */

const [lacks] = missing(['python']);
if (lacks !== undefined) console.warn(`There is no ${lacks}: nothing is fuzzed.`);

it.skipIf(lacks !== undefined)(
  'whatever is sent, the answer is one that the contract knows, and what is asked for is done',
  async () => {
    const seed = Math.floor(Math.random() * 1_000_000);
    const { tally, faults } = await runFuzz({ ...SHORT, seed, say: () => undefined });
    expect({ seed, faults }).toEqual({ seed, faults: [] });
    // Not each operation has examples, and few are drawn.
    expect([...tally.phases().keys()]).toEqual(expect.arrayContaining(['coverage', 'fuzzing', 'stateful']));
    // Otherwise nothing would have been tried but how requests are refused; a short run does more than half of what there is.
    const all = operationsToReach();
    const undone = tally.unreached(all);
    const isEnough = (count: number) => count < all.length / 2;
    expect({ seed, undone: undone.length }).toEqual({ seed, undone: expect.toSatisfy(isEnough) });
  },
  300_000,
);
