import { arenaBytes } from './arena.js';

const MIB = 1024 * 1024;

export const DEFAULT_BUDGET_BYTES = 256 * MIB;

/** Packs of about this size: few objects, little memory, and small enough to be rewritten by a collection. */
export const MOST_PACK_BYTES = 20 * MIB;
export const LEAST_PACK_BYTES = 16 * MIB;

/** Packs that may be on their way to the backend while every lane fills another. */
const PACKS_BEING_STORED = 2;

/** Sources that read on a lane, each into memory of its own: files, a table, and what comes from outside. */
export const SOURCES_A_LANE = 3;

/** How the bytes in flight are shared out. All of it together is never more than the budget. */
export interface MemoryPlan {
  lanes: number;
  /** Capacity of one pack. */
  packBytes: number;
  /** How many packs' memory there is: one a lane, and those being stored. */
  packs: number;
}

/**
 * As many lanes as are wanted and the budget has room for: each fills a pack, has `SOURCES_A_LANE` sources reading, and needs room for a
 * chunk that is compressed and encrypted. Raise the budget for more. Throws `RangeError` when not even one lane fits.
 */
export function divideBudget(budgetBytes: number, lanesWanted: number, maxChunkBytes: number): MemoryPlan {
  const aLane = (SOURCES_A_LANE + 1) * arenaBytes(maxChunkBytes) + 2 * maxChunkBytes;
  const fits = (lanes: number): number => Math.floor((budgetBytes - lanes * aLane) / (lanes + PACKS_BEING_STORED));
  for (let lanes = lanesWanted; lanes >= 1; lanes -= 1) {
    const packBytes = Math.min(MOST_PACK_BYTES, fits(lanes));
    if (packBytes >= Math.max(LEAST_PACK_BYTES, 2 * maxChunkBytes))
      return { lanes, packBytes, packs: lanes + PACKS_BEING_STORED };
  }
  throw new RangeError(`A budget of ${budgetBytes} bytes is too small; 128 MiB is enough for chunks of 4 MiB.`);
}
