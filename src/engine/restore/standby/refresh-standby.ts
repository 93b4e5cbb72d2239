import type { VaultReader } from '../../../vault/vault.js';
import { EngineError } from '../../engine-error.js';
import type { WorkContext } from '../../progress.js';
import { runTogether } from '../../concurrency/run-together.js';
import { isRefusal } from '../../postgres/connection/postgres-errors.js';
import { requireParts, surveyManifest } from '../compare/manifest-survey.js';
import type { DatabaseSurvey } from '../database/order/database-survey.js';
import { maintenanceDatabaseOf } from '../staging/stage-database.js';
import { StagingProgress } from '../staging/staging-progress.js';
import type { NewStandby, StandbyRequest } from './build-standby.js';
import type { BuiltDatabase, BuiltStandby } from './built-standby.js';
import { type ChangedSegments, readChangedSegments } from './changed-segments.js';
import { planRefresh } from './plan-refresh.js';
import { refreshDatabase } from './refresh-database.js';
import { RefreshInDoubt } from './refresh-in-doubt.js';
import { requireMayBeQuicker } from './plan-rows.js';
import { refreshDirectory } from './refresh-directory.js';
import { takeStandby } from './take-standby.js';

/** A standby that is there, and whose it is. */
export interface HeldStandby {
  snapshotId: string;
  built: BuiltStandby;
}

/**
 * Makes a standby of one snapshot into that of another one, by loading the tables that have other rows and touching the files that differ;
 * all of it is compared, or shown to be what was compared before. `begin` is called before anything is changed: from then on it is
 * nobody's standby until this has resolved.
 *
 * Resolves to `RefreshInDoubt` where it cannot be made certain, or would be no quicker, and it is to be built anew; what is left of the old
 * one is to be removed when `begin` was called. Rejects with `signal.reason` only.
 */
export async function refreshStandby(
  held: HeldStandby,
  request: StandbyRequest,
  vault: VaultReader,
  context: WorkContext & { begin: () => Promise<void> },
): Promise<NewStandby | RefreshInDoubt> {
  try {
    return await refresh(held, request, vault, context);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof RefreshInDoubt) return error;
    if (error instanceof EngineError || isRefusal(error)) return new RefreshInDoubt(error.message, { cause: error });
    throw error;
  }
}

async function refresh(
  held: HeldStandby,
  request: StandbyRequest,
  vault: VaultReader,
  context: WorkContext & { begin: () => Promise<void> },
): Promise<NewStandby> {
  const { built } = held;
  const use = {
    attemptId: request.standbyId,
    ...(request.database && { database: { ...request.database, properties: 'live' as const } }),
    ...(request.filestore && { filestore: request.filestore }),
  };
  const taken = await takeStandby(built, use, context.signal);
  if ('code' in taken) throw new RefreshInDoubt(taken.message);
  const [before, after] = await Promise.all([
    surveyManifest(vault, request.project, held.snapshotId),
    surveyManifest(vault, request.project, request.snapshotId),
  ]);
  requireParts(request, after);
  const part = await databasePart(held, request, vault, { before: before.database, after: after.database });
  const progress = new StagingProgress(context.progress, { hasDatabase: built.database !== undefined });
  await context.begin();
  const { project, snapshotId } = request;
  const noted = request.notes && { notes: request.notes };
  const [database, directory] = await runTogether(context.signal, [
    async (signal) => {
      if (part === undefined || !request.database) return undefined;
      const { address, like } = request.database;
      const maintenance = { ...address, database: maintenanceDatabaseOf(like) };
      const where = { address, maintenance, liveOid: like.oid, serverMajor: like.major };
      const watched = { signal, progress: progress.database };
      const refreshed = await refreshDatabase({ project, snapshotId, vault, ...part, ...where, ...noted }, watched);
      progress.databaseIsDone();
      return refreshed;
    },
    async (signal) => {
      if (!built.directory) return undefined;
      const what = { project, snapshotId, heldSnapshotId: held.snapshotId, vault, built: built.directory, ...noted };
      return refreshDirectory(what, { signal, progress: progress.filestore });
    },
  ] as const);
  const { tables = 0, rows = 0, warnings = [] } = database ?? {};
  const { files = 0, bytes = 0 } = directory ?? {};
  return {
    built: { ...(database && { database: database.built }), ...(directory && { directory }), warnings },
    compared: { tables, rows, files, bytes, warnings, leftOver: [] },
  };
}

/** Undefined: there is none. */
async function databasePart(
  { snapshotId, built: { database: built } }: HeldStandby,
  request: StandbyRequest,
  vault: VaultReader,
  { before, after }: { before: DatabaseSurvey | undefined; after: DatabaseSurvey | undefined },
): Promise<{ built: BuiltDatabase; survey: DatabaseSurvey; changes: readonly ChangedSegments[] } | undefined> {
  if (!built && !before && !after) return undefined;
  if (!built || !before || !after) throw new RefreshInDoubt('It has not the parts that the snapshot has.');
  const tables = planRefresh(before, after);
  const snapshots = { held: snapshotId, wanted: request.snapshotId };
  const changes = await readChangedSegments(vault, request.project, snapshots, tables);
  requireMayBeQuicker(changes, after.dataBytes);
  return { built, survey: after, changes };
}
