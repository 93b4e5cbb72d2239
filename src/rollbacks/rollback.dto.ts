import type {
  KeptState,
  RollbackAccepted,
  RollbackLog,
  RollbackProgress,
  SnapshotStatus,
} from '../contract/generated/types.gen.js';
import type { Figures } from '../progress/progress-recorder.js';
import { hasEnded } from './rollback-transitions.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

/** What an entry of the audit about a rollback is about; `target`: the environment that it changes. */
export function aboutRollback({ deploymentId }: RollbackLogEntity, target: EnvironmentEntity) {
  return { subject: ['rollback', deploymentId] as const, projectId: target.projectId, environmentId: target.id };
}

/** `safety`: how far its safety snapshot has come, if there is one. */
export function toRollbackLogDto(row: RollbackLogEntity, safety: SnapshotStatus | null): RollbackLog {
  // What lies beside the live state while a rollback runs is its own affair; after a failure it is news, and after success an offer.
  const left = row.status === 'failed' || row.status === 'cancelled' || row.keptUntil !== null;
  return {
    id: row.id,
    deploymentId: row.deploymentId,
    environmentId: row.environmentId,
    sourceEnvironmentId: row.sourceEnvironmentId,
    snapshotId: row.snapshotId,
    safetySnapshotId: row.safetySnapshotId,
    safetySnapshotStatus: safety,
    standby: row.standby,
    status: row.status,
    steps: row.steps,
    downtimeMs: row.downtimeMs,
    durationMs:
      row.startedAt !== null && row.finishedAt !== null
        ? Math.max(0, row.finishedAt.getTime() - row.startedAt.getTime())
        : null,
    keptDatabase: left ? row.keptDatabase : null,
    keptDirectory: left ? row.keptDirectory : null,
    undoableUntil: undoableUntil(row, new Date()),
    undoOf: row.undoOf,
    undoneBy: row.undoneBy,
    warnings: row.warnings,
    failure: row.failure,
    requestedBy: row.requestedBy,
    createdAt: row.createdAt.toISOString(),
    startedAt: time(row.startedAt),
    finishedAt: time(row.finishedAt),
  };
}

/** Null when the previous state is not kept, or not for an undo any more. */
function undoableUntil({ keptUntil, undoExpiredAt }: RollbackLogEntity, now: Date): string | null {
  return keptUntil !== null && undoExpiredAt === null && keptUntil > now ? time(keptUntil) : null;
}

/** `safety`: its safety snapshot, as long as that is there. */
export function toKeptStateDto(row: RollbackLogEntity, safety: SnapshotEntity | null, now: Date): KeptState {
  return {
    deploymentId: row.deploymentId,
    database: row.keptDatabase,
    directory: row.keptDirectory,
    databaseBytes: row.keptDatabase === null ? null : row.keptDatabaseBytes,
    filestoreBytes: row.keptDirectory === null ? null : (safety?.filestoreBytes ?? null),
    swappedOutAt: (row.finishedAt ?? row.createdAt).toISOString(),
    undoableUntil: undoableUntil(row, now),
    safetySnapshotId: row.safety === 'wanted' ? row.safetySnapshotId : null,
  };
}

/** `snapshotId` is what was asked for: a log forgets a snapshot that is deleted. */
export function toRollbackAcceptedDto(
  row: RollbackLogEntity,
  environmentName: string,
  snapshotId: string | null,
): RollbackAccepted {
  const safety = row.createSafetySnapshot
    ? 'a safety snapshot of what it replaces follows'
    : 'no safety snapshot is taken';
  return {
    deploymentId: row.deploymentId,
    environmentId: row.environmentId,
    snapshotId,
    message:
      row.undoOf === null
        ? `The rollback of ${environmentName} is queued; ${safety}.`
        : `The undo of the rollback of ${environmentName} is queued.`,
  };
}

/**
 * The state of a rollback as a progress event, when there are no figures (any more); `reached` is how
 * many percent one that was not completed has come to.
 */
export function toRollbackProgress(row: RollbackLogEntity, reached = 0): RollbackProgress {
  return {
    ...identity(row),
    status: row.status,
    phase: null,
    percent: row.status === 'completed' ? 100 : reached,
    bytesDone: 0,
    bytesTotal: null,
    filesDone: 0,
    filesTotal: null,
    bytesPerSecond: null,
    remainingSeconds: null,
    message: row.failure?.message ?? messages[row.status],
    downtimeMs: row.downtimeMs,
    failure: row.failure,
    at: new Date().toISOString(),
    final: hasEnded(row.status),
  };
}

/** What a recovery says, as a progress event; `reached` is how many percent the rollback had come to. */
export function toRecoveryProgress(row: RollbackLogEntity, message: string, reached: number): RollbackProgress {
  return { ...toRollbackProgress(row, reached), phase: 'recovery', message };
}

/** The figures of a running rollback as a progress event. */
export function toRunningProgress(row: RollbackLogEntity, { phase, ...figures }: Figures): RollbackProgress {
  return {
    ...identity(row),
    ...figures,
    status: 'running',
    phase: phase as RollbackProgress['phase'],
    downtimeMs: row.downtimeMs,
    failure: null,
    final: false,
  };
}

function identity(row: RollbackLogEntity) {
  return { deploymentId: row.deploymentId, environmentId: row.environmentId, snapshotId: row.snapshotId };
}

const messages: Record<RollbackLogEntity['status'], string> = {
  queued: 'Waiting for a worker',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  reverted: 'Reverted',
  cancelled: 'Cancelled',
};
