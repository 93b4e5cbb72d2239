import { afterAll, beforeAll, expect, it } from 'vitest';
import { chosen } from './catalogue.js';
import { faultsOf } from './results.js';
import { runDatabase } from './run-database.js';
import { explanations } from './table.js';
import { World } from './world.js';
import { sampleOf } from '../harness/thorough.js';

/* The short form of `npm run corpus`: a few small databases, each as one role. */

let world: World;

beforeAll(async () => {
  world = await World.start();
}, 120_000);

afterAll(() => world.stop());

it.each(sampleOf(chosen({ quick: true }), 1).map(([database, role]) => ({ database, role, ...database })))(
  'comes back as it was, or a warning says what does not, as $role: $about',
  async ({ database, role }) => {
    const result = await runDatabase(world, database, role);
    expect(result.missing).toBeUndefined();
    expect({ faults: faultsOf(result), because: explanations([result]) }).toMatchObject({ faults: [] });
    // Otherwise nothing was tried.
    expect(result.steps.rollback?.outcome).not.toBe('untried');
  },
  120_000,
);
