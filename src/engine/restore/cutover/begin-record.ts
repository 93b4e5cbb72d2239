import { countWrites } from '../../postgres/databases/count-writes.js';
import type { SwapSession } from '../../postgres/swap/swap-session.js';
import { tamperedWith } from '../../filestore/paths/held-path.js';
import type { CutoverRecord } from './cutover-journal.js';
import { directoryAt, identityOf, type KnownDirectories } from '../../filestore/paths/directory-identity.js';
import { isInMountPoint } from '../../filestore/paths/enclosure.js';
import { noteTop } from '../../filestore/swap/top-of-mount.js';
import type { Staged } from '../staging/staged.js';

/**
 * The first record of a cutover: what both states are, by oid and inode, whatever they will be called.
 * Rejects with `EngineError('filestore-missing')` when a directory is not there, and with `'filestore-tampered'` when
 * another one is where the live one was, or the staged one was built; `'filestore-exchange-unsupported'` when what is at the top of a
 * mount point cannot be exchanged.
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
    const { livePath, keptPath, stagedPath, liveInode, stagedInode } = filestore;
    const known = { liveInode, stagedInode };
    record.filestore = { livePath, keptPath, stagedPaths: [stagedPath], ...known };
    if (isInMountPoint(stagedPath)) record.filestore.top = await noteTop(stagedPath, known);
    else {
      await requireAt(livePath, 'old', known);
      await requireAt(stagedPath, 'new', known);
    }
  }
  return record;
}

async function requireAt(path: string, which: 'old' | 'new', known: KnownDirectories): Promise<void> {
  if ((await directoryAt(path, known)) === which) return;
  // Says so when nothing is there.
  await identityOf(path);
  throw tamperedWith(path, 'which was to be exchanged, is another one than when the new state was built');
}
