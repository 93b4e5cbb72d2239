import { countWrites } from '../postgres/count-writes.js';
import type { SwapSession } from '../postgres/swap-session.js';
import type { CutoverRecord } from './cutover-journal.js';
import { identityOf } from './directory-identity.js';
import type { Staged } from './staged.js';

/**
 * The first record of a cutover: what both states are, by oid and inode, whatever they will be called.
 * Rejects with `EngineError('filestore-missing')` when a directory is not there.
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
    record.filestore = {
      livePath: filestore.livePath,
      keptPath: filestore.keptPath,
      stagedPaths: [filestore.stagedPath],
      liveInode: await identityOf(filestore.livePath),
      stagedInode: await identityOf(filestore.stagedPath),
    };
  }
  return record;
}
