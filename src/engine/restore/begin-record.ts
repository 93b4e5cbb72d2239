import { countWrites } from '../postgres/count-writes.js';
import type { SwapSession } from '../postgres/swap-session.js';
import type { CutoverRecord } from './cutover-journal.js';
import { EngineError } from '../engine-error.js';
import { directoryAt, identityOf } from '../filestore/directory-identity.js';
import type { Staged } from './staged.js';

/**
 * The first record of a cutover: what both states are, by oid and inode, whatever they will be called.
 * Rejects with `EngineError('filestore-missing')` when a directory is not there, and with `'filestore-tampered'` when another one
 * is where the staged one was built.
 */
export async function beginRecord(
  { database, filestore }: Staged,
  session: SwapSession | undefined,
  startedAt: Date,
): Promise<CutoverRecord> {
  const record: CutoverRecord = { step: 'begun', startedAt: startedAt.toISOString() };
  if (database && session) {
    record.database = {
      systemIdentifier: session.systemIdentifier,
      maintenance: database.maintenance.database,
      names: database.names,
      // It is closed from its beginning; so is a previous state that is swapped back.
      shadowWasOpen: false,
      backends: [...session.backends],
      writes: await countWrites(session.client, database.names.expectedLiveOid),
    };
  }
  if (filestore) {
    const { livePath, keptPath, stagedPath, stagedInode } = filestore;
    const known = { liveInode: await identityOf(livePath), stagedInode };
    if ((await directoryAt(stagedPath, known)) !== 'new') throw await notTheStaged(stagedPath);
    record.filestore = { livePath, keptPath, stagedPaths: [stagedPath], ...known };
  }
  return record;
}

async function notTheStaged(path: string): Promise<EngineError> {
  await identityOf(path);
  const message = `"${path}" is not the directory that was built there: somebody has put another one in its place.`;
  return new EngineError('filestore-tampered', message);
}
