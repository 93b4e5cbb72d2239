import { EngineError } from '../../engine-error.js';
import { swapNamesBack } from '../../postgres/swap/open-live.js';
import { keptDatabases } from '../../postgres/swap/swap-databases.js';
import type { SwapSession } from '../../postgres/swap/swap-session.js';
import type { CutoverRecord } from './cutover-journal.js';
import { liveSide } from '../../filestore/swap/filestore-states.js';
import type { Staged } from '../staging/staged.js';

/** Something was touched, and whoever did it may not go on: the journal and the facts decide from here. */
export function halfWay(reason: unknown, { database, filestore }: Staged): EngineError {
  const kept = [
    ...(database ? [keptDatabases(database.names)] : []),
    ...(filestore ? [`the directories are "${filestore.livePath}" and "${filestore.stagedPath}"`] : []),
  ].join(', and ');
  return new EngineError('cutover-incomplete', `The cutover stopped half way: ${errorWords(reason)} Now ${kept}.`, {
    cause: reason,
  });
}

/**
 * Gives the databases their names back after the directories could not be exchanged, and returns the error
 * to throw: `cutover-failed` when the old state is in place again, `cutover-incomplete` when it is not.
 * Never rejects.
 */
export async function backInPlace(
  reason: unknown,
  staged: Staged,
  session: SwapSession,
  record: CutoverRecord,
): Promise<EngineError> {
  const { database, filestore } = record;
  try {
    const live = filestore && (await liveSide(filestore, staged.filestore?.stagedPath));
    if (live !== undefined && live !== 'old' && live !== 'either') return halfWay(reason, staged);
    if (database) await swapNamesBack(session, database.names, { shadowWasOpen: database.shadowWasOpen });
  } catch (error) {
    return halfWay(error, staged);
  }
  return new EngineError(
    'cutover-failed',
    `The cutover did not get past the directories, so everything has its old name again and is open: ${errorWords(reason)}`,
    { cause: reason },
  );
}

export function errorWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
