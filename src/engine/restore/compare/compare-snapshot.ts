import type { VaultReader } from '../../../vault/vault.js';
import { EngineError } from '../../engine-error.js';
import { stagedDirectoryOf } from '../../filestore/paths/states-place.js';
import { contentsOf } from '../../filestore/staging/content-source.js';
import { stageFilestore } from '../../filestore/staging/stage-filestore.js';
import { verifyFilestore } from '../../filestore/staging/verify-filestore.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import type { DatabaseFacts } from '../../postgres/databases/database-facts.js';
import { shadowDatabaseName } from '../../postgres/databases/shadow-database.js';
import { inPhase, type WorkContext } from '../../progress.js';
import { runTogether } from '../../concurrency/run-together.js';
import type { DatabaseSurvey } from '../database/order/database-survey.js';
import type { RestoreWarning } from '../database/restore-warning.js';
import { dropKept, type KeptState } from '../staging/discard.js';
import { asDamage, filestoreEntries, requireParts, surveyManifest } from './manifest-survey.js';
import { rebuildDatabase } from '../staging/rebuild-database.js';
import { maintenanceDatabaseOf } from '../staging/stage-database.js';
import { StagingProgress } from '../staging/staging-progress.js';

export interface ComparisonRequest {
  project: string;
  snapshotId: string;
  /** A uuid; the names of the scratch database and directory derive from it, so that another attempt finds them. */
  attemptId: string;
  /** On whose server, and like which database, the scratch one is made; left out for a snapshot without one. */
  database?: { address: DatabaseAddress; like: DatabaseFacts };
  /** Beside which directory, or in which mount point, the scratch one is made; left out for a snapshot without one. */
  filestore?: { path: string };
}

/** What was compared, and found equal. */
export interface SnapshotComparison {
  tables: number;
  rows: number;
  files: number;
  /** Of those files. */
  bytes: number;
  /** What of the database did not come back quite as it was. */
  warnings: readonly RestoreWarning[];
  /** What could not be removed again, a sentence each. */
  leftOver: string[];
}

/**
 * Restores a snapshot beside the live state, which it does not touch and takes nothing from, compares every row and
 * every file with what was captured, and removes what it made; also what an attempt with the same id has left.
 *
 * Rejects with `EngineError('verification-failed')` that names the first difference, `'snapshot-damaged'` for what the
 * vault cannot give back, another one when it could not be restored, or with `signal.reason`.
 */
export async function compareSnapshot(
  request: ComparisonRequest,
  vault: VaultReader,
  context: WorkContext,
): Promise<SnapshotComparison> {
  const scratch = await scratchOf(request);
  const inTheWay = await dropKept(scratch);
  if (inTheWay.length > 0)
    throw new EngineError('restore-failed', `Another attempt has left something: ${inTheWay.join(' ')}`);
  let leftOver: string[] = [];
  let compared: Omit<SnapshotComparison, 'leftOver'>;
  try {
    compared = await restoreAndCompare(request, scratch, vault, context);
  } catch (error) {
    throw context.signal.aborted ? context.signal.reason : asDamage(error);
  } finally {
    leftOver = await dropKept(scratch);
  }
  return { ...compared, leftOver };
}

/** Removes what an attempt that died has left. Never rejects; resolves to what is still there. */
export async function removeComparison(request: ComparisonRequest): Promise<string[]> {
  return dropKept(await scratchOf(request));
}

async function scratchOf({ attemptId, database, filestore }: ComparisonRequest): Promise<KeptState> {
  return {
    ...(database && {
      database: {
        address: { ...database.address, database: maintenanceDatabaseOf(database.like) },
        name: shadowDatabaseName(attemptId),
      },
    }),
    ...(filestore && { directory: await stagedDirectoryOf(filestore.path, attemptId) }),
  };
}

async function restoreAndCompare(
  request: ComparisonRequest,
  scratch: KeptState,
  vault: VaultReader,
  context: WorkContext,
): Promise<Omit<SnapshotComparison, 'leftOver'>> {
  context.signal.throwIfAborted();
  context.progress.report({ phase: 'prepare', message: 'Reading the manifest.' });
  const survey = await surveyManifest(vault, request.project, request.snapshotId);
  requireParts(request, survey);
  const progress = new StagingProgress(context.progress, { hasDatabase: request.database !== undefined });
  const [rows, files] = await runTogether(context.signal, [
    async (signal) => {
      if (!request.database || !scratch.database || !survey.database) return null;
      const database = { ...request.database, name: scratch.database.name, maintenance: scratch.database.address };
      const watched = { signal, progress: progress.database };
      const { database: captured } = survey;
      const compare = () => compareDatabase(request, database, captured, vault, watched);
      const verified = await inPhase('stage-database', compare, ({ rows: compared }) => ({
        'snapback.rows': compared,
      }));
      progress.databaseIsDone();
      return verified;
    },
    async (signal) => {
      const { directory } = scratch;
      if (directory === undefined || !survey.filestore) return null;
      const watched = { signal, progress: progress.filestore };
      return compareDirectory(request, directory, vault, watched);
    },
  ] as const);
  return {
    tables: rows?.tables ?? 0,
    rows: rows?.rows ?? 0,
    files: files?.files ?? 0,
    bytes: files?.bytes ?? 0,
    warnings: rows?.warnings ?? [],
  };
}

async function compareDatabase(
  { project, snapshotId }: ComparisonRequest,
  { address, like, name, maintenance }: ScratchDatabase,
  survey: DatabaseSurvey,
  vault: VaultReader,
  context: WorkContext,
) {
  const where = { address, like, maintenance, name };
  const how = { keepOwnersAndPrivileges: true, verification: 'all' } as const;
  return rebuildDatabase({ project, snapshotId, vault, survey, ...where, ...how }, context);
}

interface ScratchDatabase {
  address: DatabaseAddress;
  like: DatabaseFacts;
  name: string;
  maintenance: DatabaseAddress;
}

async function compareDirectory(
  { project, snapshotId }: ComparisonRequest,
  directory: string,
  vault: VaultReader,
  context: WorkContext,
) {
  const request = {
    directory,
    entries: filestoreEntries(vault, project, snapshotId),
    contents: contentsOf(vault, project),
  };
  const filesIn = ({ files, bytes }: { files: number; bytes: number }) => ({
    'snapback.files': files,
    'snapback.bytes': bytes,
  });
  const { inode } = await inPhase('stage-filestore', () => stageFilestore(request, context), filesIn);
  const compare = () => verifyFilestore(directory, filestoreEntries(vault, project, snapshotId), context, inode);
  return inPhase('verify', compare, filesIn);
}
