const MIB = 1024 * 1024;

export const DEFAULT_BUDGET_BYTES = 256 * MIB;

/** Packs of about this size: few objects, little memory, and small enough to be rewritten by a collection. */
export const MOST_PACK_BYTES = 20 * MIB;
export const LEAST_PACK_BYTES = 16 * MIB;

/** Plain bytes that are worth having ready for one worker: more would only wait, and take memory. */
const MOST_PLAIN_BYTES = 16 * MIB;

/** Packs that may be on their way to the backend while every worker fills another. */
const PACKS_BEING_STORED = 2;

/** How the bytes in flight are shared out. All of it together is never more than the budget. */
export interface MemoryPlan {
  workers: number;
  /** Capacity of one pack. */
  packBytes: number;
  /** How many packs' memory there is: one a worker, and those being stored. */
  packs: number;
  /** For plain bytes: being read, being looked up, waiting to be encoded. */
  plainBytes: number;
}

/**
 * Up to half of the budget is for packs and up to half for plain bytes, but no more than the workers have a use for, and
 * less what a worker needs while it compresses and encrypts a chunk. Where a pack would fall below 16 MiB there are fewer
 * workers instead: raise the budget for more. Throws `RangeError` when not even one worker fits.
 */
export function divideBudget(budgetBytes: number, workersWanted: number, maxChunkBytes: number): MemoryPlan {
  const half = Math.floor(budgetBytes / 2);
  const workers = Math.min(workersWanted, Math.floor(half / LEAST_PACK_BYTES) - PACKS_BEING_STORED);
  const packs = workers + PACKS_BEING_STORED;
  const packBytes = Math.min(MOST_PACK_BYTES, Math.floor(half / packs));
  // The compressed chunk and its ciphertext.
  const scratchBytes = workers * 2 * maxChunkBytes;
  const plainBytes = Math.min(half, budgetBytes - packs * packBytes - scratchBytes, workers * MOST_PLAIN_BYTES);
  if (!(workers >= 1) || packBytes < 2 * maxChunkBytes || plainBytes < 2 * maxChunkBytes) {
    throw new RangeError(`A budget of ${budgetBytes} bytes is too small; 128 MiB is enough for chunks of 4 MiB.`);
  }
  return { workers, packBytes, packs, plainBytes };
}

/** The share of a capture's memory for pieces that are being read; the pipeline has the rest. */
const READING_SHARE = 0.25;
/** More than this would only wait for the pipeline. */
const MOST_READING_BYTES = 32 * 1024 * 1024;

/** How the memory of one capture is shared out. Together it is never more than the budget. */
export function shareBudget(budgetBytes: number): { readingBytes: number; pipelineBytes: number } {
  const share = Math.floor(budgetBytes * READING_SHARE);
  return { readingBytes: Math.min(share, MOST_READING_BYTES), pipelineBytes: budgetBytes - share };
}
