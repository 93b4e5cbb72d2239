import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import type { VaultReader } from '../../../vault/vault.js';
import { type KeptPaths, keepPaths } from '../../filestore/live-copies/keep-paths.js';
import type { WorkContext } from '../../progress.js';
import type { Staged } from '../staging/staged.js';
import { type KeptRows, keepRows } from './keep-rows.js';
import { type LeftOutRecord, readLeftOutRecord } from './left-out-record.js';

export interface LiveToKeep {
  project: string;
  snapshotId: string;
  /** Of the live database; left out when it is not part of the rollback. */
  database?: DatabaseAddress;
}

/** What of the live state is in the staged one now, because the snapshot has left it out. */
export interface KeptLive {
  leftOut: LeftOutRecord;
  rows?: KeptRows;
  paths?: KeptPaths;
}

/**
 * Brings what a snapshot has left out from what is live into what was staged, as late as possible before they are swapped. Changes nothing that is
 * live. Notes in `staged` what proves that nobody else was in its database. Rejects as `keepRows` and `keepPaths` do, or with what the vault says.
 */
export async function keepLive(
  staged: Staged,
  { project, snapshotId, database: live }: LiveToKeep,
  vault: VaultReader,
  context: WorkContext,
): Promise<KeptLive> {
  const leftOut = await readLeftOutRecord(vault, project, snapshotId);
  const { rules, rowsOf, views, unreadable } = leftOut;
  const kept: KeptLive = { leftOut };
  const { database, filestore } = staged;
  // Rows first, as in a capture: whatever they name was written before.
  if (database && live && rowsOf.length > 0) {
    kept.rows = await keepRows({ live, staged: database, rowsOf, views }, context);
    database.closedXmin = kept.rows.closedXmin;
  }
  const patterns = [...rules.paths, ...unreadable.map(patternOf)];
  if (filestore && patterns.length > 0) {
    const { livePath, stagedPath, stagedInode: stagedIdentity } = filestore;
    kept.paths = await keepPaths({ livePath, stagedPath, stagedIdentity, leftOut: patterns }, context);
  }
  return kept;
}

/** What names this path and nothing else. */
function patternOf(path: string): string {
  return `/${path.replaceAll(/[\\*?[\]!# ]/g, String.raw`\$&`)}`;
}
