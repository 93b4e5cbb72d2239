import type { ClientBase } from 'pg';
import type { VaultReader } from '../../../vault/vault.js';
import { EngineError } from '../../engine-error.js';
import type { NotesSink } from '../../notes/restored-notes.js';
import { stagedDirectoryOf } from '../../filestore/paths/states-place.js';
import { withConnection } from '../../postgres/connection/connect.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import type { DatabaseFacts } from '../../postgres/databases/database-facts.js';
import { readServerNow } from '../../postgres/databases/server-moment.js';
import { shadowDatabaseName } from '../../postgres/databases/shadow-database.js';
import { readDatabaseBytes } from '../../postgres/databases/database-sizes.js';
import type { WorkContext } from '../../progress.js';
import type { SnapshotComparison } from '../compare/compare-snapshot.js';
import { discardStaged, dropKept, type KeptState } from '../staging/discard.js';
import { stage } from '../staging/stage.js';
import { maintenanceDatabaseOf } from '../staging/stage-database.js';
import type { Staged, StagedDatabase, StagedFilestore } from '../staging/staged.js';
import { type BuiltDatabase, type BuiltDirectory, type BuiltStandby, likenessOf } from './built-standby.js';

export interface StandbyRequest {
  project: string;
  snapshotId: string;
  /** A uuid; the names of its database and directory derive from it, so that another attempt finds them. */
  standbyId: string;
  /** See `StageRequest`. */
  notes?: NotesSink;
  /** Beside which database; left out for a snapshot without one. */
  database?: { address: DatabaseAddress; like: DatabaseFacts; sessions: number };
  /** Beside which directory; left out for a snapshot without one. */
  filestore?: { path: string };
}

export interface NewStandby {
  built: BuiltStandby;
  /** What a verification would have come to. */
  compared: SnapshotComparison;
}

/**
 * Restores a snapshot beside the live state, which it does not touch and takes nothing from, compares every row and every file with what
 * was captured, and leaves it there, closed, to take the live state's place one day.
 *
 * Rejects as `compareSnapshot` does; what it made is removed then, as far as that is possible.
 */
export async function buildStandby(
  request: StandbyRequest,
  vault: VaultReader,
  context: WorkContext,
): Promise<NewStandby> {
  const inTheWay = await removeStandby(request);
  if (inTheWay.length > 0)
    throw new EngineError('restore-failed', `Another attempt has left something: ${inTheWay.join(' ')}`);
  const staged = await stage(stageRequestOf(request), vault, context);
  try {
    const built = await noteWhatIsThere(staged, request, context.signal);
    const { database, filestore, warnings = [] } = staged;
    const { tables = 0, rows = 0 } = database?.compared ?? {};
    const { files = 0, bytes = 0 } = filestore ?? {};
    return { built, compared: { tables, rows, files, bytes, warnings, leftOver: [] } };
  } catch (error) {
    await discardStaged(staged);
    throw error;
  }
}

/** Removes one, whether or not it was finished. Never rejects; resolves to what is still there, a sentence each. */
export async function removeStandby(
  request: Pick<StandbyRequest, 'standbyId' | 'database' | 'filestore'>,
): Promise<string[]> {
  const { standbyId, database, filestore } = request;
  const what: KeptState = {
    ...(database && {
      database: {
        address: { ...database.address, database: maintenanceDatabaseOf(database.like) },
        name: shadowDatabaseName(standbyId),
      },
    }),
    ...(filestore && { directory: await stagedDirectoryOf(filestore.path, standbyId) }),
  };
  return dropKept(what);
}

function stageRequestOf({ project, snapshotId, standbyId, notes, database, filestore }: StandbyRequest) {
  return {
    ...{ project, snapshotId, attemptId: standbyId },
    ...(notes && { notes }),
    ...(database && {
      database: { ...database, keepOwnersAndPrivileges: true, properties: 'captured', verification: 'all' } as const,
    }),
    ...(filestore && { filestore: { ...filestore, reuseLive: false, compare: true, seal: true } }),
  };
}

async function noteWhatIsThere(staged: Staged, request: StandbyRequest, signal: AbortSignal): Promise<BuiltStandby> {
  const { database, filestore, warnings = [] } = staged;
  return {
    ...(database && request.database && { database: await noteDatabase(database, request.database.like, signal) }),
    ...(filestore && { directory: noteDirectory(filestore) }),
    // Whether those of the settings count depends on whose the settings will be.
    warnings: warnings.filter((warning) => !database?.settingsWarnings?.includes(warning)),
  };
}

/** After the last that changes anything in it has been committed. */
async function noteDatabase(staged: StagedDatabase, like: DatabaseFacts, signal: AbortSignal): Promise<BuiltDatabase> {
  const { maintenance, names, closedXmin, captured, compared, settingsWarnings = [] } = staged;
  if (closedXmin === undefined || compared === undefined)
    throw new Error('What was built has no proof that nobody was in it.');
  return withConnection(maintenance, { signal }, async (client) => {
    return {
      ...{ at: await momentOf(client), horizon: compared.horizon },
      ...{ name: names.shadow, oid: names.expectedShadowOid, closedXmin, onDisk: false, like: likenessOf(like) },
      ...(captured && { captured }),
      settingsWarnings,
      bytes: await readDatabaseBytes(client, names.expectedShadowOid),
    };
  });
}

/** After the last that changes anything has been committed. */
export async function momentOf(client: ClientBase): Promise<BuiltDatabase['at']> {
  const { safeBytes: _, ...at } = await readServerNow(client);
  return at;
}

function noteDirectory({ stagedPath, stagedInode, seal, files, bytes }: StagedFilestore): BuiltDirectory {
  if (seal === undefined) throw new Error('What was built has no seal.');
  return { path: stagedPath, identity: stagedInode, seal, files, bytes };
}
