import { EngineError } from '../engine-error.js';
import { keptDatabases } from '../postgres/swap-databases.js';
import { swapNamesBack } from '../postgres/settle-swap.js';
import type { SwapSession } from '../postgres/swap-session.js';
import type { DirectoryPair } from './directory-pair.js';
import type { Staged } from './staged.js';

/**
 * Puts the old state back after the directories could not be exchanged, and returns the error to throw:
 * `cutover-failed` when the old state is in place again (the reason itself when nothing had
 * changed), `cutover-incomplete` when it is not, with the names of everything that is kept. Never rejects.
 */
export async function revertCutover(
  reason: unknown,
  staged: Staged,
  directories: DirectoryPair,
  session: SwapSession | undefined,
): Promise<unknown> {
  let exchanged = false;
  try {
    // An exchange may have happened and still have failed, in what makes it durable.
    exchanged = (await directories.live()) === 'new';
    if (exchanged) await directories.exchange();
    if ((await directories.live()) !== 'old') throw new Error('the directories could not be exchanged back');
    if (session && staged.database) await swapNamesBack(session, staged.database.names);
  } catch (error) {
    return incomplete(reason, error, staged);
  }
  // Nothing had changed: the reason says it all.
  if (!session && !exchanged) return reason;
  return new EngineError(
    'cutover-failed',
    `The cutover did not get past the directories, so everything has its old name again and is open: ${messageOf(reason)}`,
    { cause: reason },
  );
}

function incomplete(reason: unknown, error: unknown, staged: Staged): EngineError {
  const { database, filestore } = staged;
  const kept = [
    ...(database ? [keptDatabases(database.names)] : []),
    ...(filestore ? [`the directories "${filestore.livePath}" and "${filestore.stagedPath}"`] : []),
  ].join(', and ');
  return new EngineError(
    'cutover-incomplete',
    `The cutover stopped half way (${messageOf(reason)}) and could not be undone (${messageOf(error)}). Both states are kept: ${kept}.`,
    { cause: reason },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
