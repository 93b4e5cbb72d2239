import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arenaBytes } from './arena.js';
import { divideBudget, LEAST_PACK_BYTES, type MemoryPlan, MOST_PACK_BYTES, SOURCES_A_LANE } from './divide-budget.js';

const MIB = 1024 * 1024;

/** All that is in memory when every source has filled an arena, every pack is under way and every lane encodes a chunk. */
function mostOf({ lanes, packs, packBytes }: MemoryPlan, maxChunkBytes: number): number {
  return packs * packBytes + lanes * ((SOURCES_A_LANE + 1) * arenaBytes(maxChunkBytes) + 2 * maxChunkBytes);
}

/** Nothing for a budget that is refused. */
function planOf(...budget: Parameters<typeof divideBudget>): MemoryPlan | undefined {
  try {
    return divideBudget(...budget);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

describe('a budget', () => {
  it('is never exceeded by its parts, and takes as many lanes as it has room for', () => {
    assert(
      property(
        integer({ min: 1, max: 4096 }),
        integer({ min: 1, max: 64 }),
        integer({ min: 1, max: 16 }),
        (budget, wanted, chunk) => {
          const least = Math.max(LEAST_PACK_BYTES, 2 * chunk * MIB);
          const isEnough =
            least <= MOST_PACK_BYTES && mostOf({ lanes: 1, packs: 3, packBytes: least }, chunk * MIB) <= budget * MIB;
          const plan = planOf(budget * MIB, wanted, chunk * MIB);
          expect(plan !== undefined).toBe(isEnough);
          if (plan === undefined) return;
          expect(mostOf(plan, chunk * MIB)).toBeLessThanOrEqual(budget * MIB);
          expect(plan.packBytes).toBeGreaterThanOrEqual(least);
          expect(plan.packs).toBeGreaterThan(plan.lanes);
          expect(plan.lanes).toBeLessThanOrEqual(wanted);
          if (plan.lanes === wanted) return;
          const another = { lanes: plan.lanes + 1, packs: plan.packs + 1, packBytes: least };
          expect(mostOf(another, chunk * MIB)).toBeGreaterThan(budget * MIB);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    [1, { lanes: 1, packs: 3, packBytes: 20 * MIB }],
    [2, { lanes: 2, packs: 4, packBytes: 20 * MIB }],
    [4, { lanes: 4, packs: 6, packBytes: 20 * MIB }],
    [64, { lanes: 5, packs: 7 }],
  ])('of the usual size is enough for five lanes; on %i cores', (cores, plan) => {
    expect(divideBudget(256 * MIB, cores, 4 * MIB)).toMatchObject(plan);
  });

  it('of 128 MiB is enough for chunks of 4 MiB, and one that is too small is refused', () => {
    expect(divideBudget(128 * MIB, 64, 4 * MIB)).toMatchObject({ lanes: 2 });
    expect(() => divideBudget(64 * MIB, 2, 4 * MIB)).toThrow(RangeError);
  });
});
