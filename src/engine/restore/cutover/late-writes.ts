import { isPrevious, movedNames } from '../../filestore/swap/filestore-states.js';
import { writtenAfter } from '../../filestore/swap/written-after.js';
import type { CutoverRecord } from './cutover-journal.js';

/** How many names are told. */
const MOST_NAMES = 20;
/** How long to look: on a large filestore the first finds are enough. */
const BUDGET_MS = 3_000;

/**
 * Files that an application wrote into the previous directory although it was about to be replaced, or was already, because
 * it had it open, or to the top of a mount point before all of that was exchanged: their content is missing from the new one. At most 20 names; none when that directory is not there any more. Never
 * rejects.
 */
export async function findLateWrites(
  keptDirectory: string,
  { filestore, startedAt }: Pick<CutoverRecord, 'filestore' | 'startedAt'>,
): Promise<string[]> {
  if (!filestore) return [];
  const isThere = () => isPrevious(keptDirectory, filestore).catch(() => false);
  if (!(await isThere())) return [];
  const options = { limit: MOST_NAMES, budgetMs: BUDGET_MS, moved: movedNames(filestore) };
  const { paths } = await writtenAfter(keptDirectory, new Date(startedAt), options);
  // An undo may have put another one there meanwhile.
  return (await isThere()) ? paths : [];
}
