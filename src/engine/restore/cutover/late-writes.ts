import { writtenAfter } from '../../filestore/swap/written-after.js';

/** How many names are told. */
const MOST_NAMES = 20;
/**
 * How long to look, since a rollback is completed after that: enough for some 100,000 files, and on a larger filestore the first finds
 * are enough. The safety snapshot holds what was written late in any case.
 */
const BUDGET_MS = 300;

/**
 * Files that an application wrote into the previous directory although it was about to be replaced, because
 * it had it open: their content is missing from the new one. At most 20 names. Never rejects.
 */
export async function findLateWrites(keptDirectory: string, startedAt: Date): Promise<string[]> {
  return (await writtenAfter(keptDirectory, startedAt, { limit: MOST_NAMES, budgetMs: BUDGET_MS })).paths;
}
