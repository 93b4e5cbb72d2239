import type { LeftOut, Snapshot, SnapshotDetails, SnapshotProgress } from '../contract/generated/types.gen.js';
import type { LeftOutSummary } from '../engine/capture/left-out-summary.js';
import { toExcludeDto } from '../projects/environments/environment.dto.js';
import type { Figures } from '../progress/progress-recorder.js';
import { toRestorabilityDto } from './restorability/restorability.dto.js';
import { hasEnded } from './snapshot-transitions.js';
import type { SnapshotEntity } from './snapshot.entity.js';
import { toVerificationDto } from './verification/verification.dto.js';
import type { VerificationEntity } from './verification/verification.entity.js';

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

export function toSnapshotDto(row: SnapshotEntity): Snapshot {
  return {
    id: row.id,
    environmentId: row.environmentId,
    projectId: row.projectId,
    type: row.type,
    baseSnapshotId: row.baseSnapshotId,
    trigger: row.trigger,
    status: row.status,
    label: row.label,
    pinned: row.pinnedAt !== null,
    pinnedAt: time(row.pinnedAt),
    pin: row.pinnedAt && { by: row.pinnedBy, reason: row.pinReason, expiresAt: time(row.pinExpiresAt) },
    schedules: row.schedules,
    databaseBytes: row.databaseBytes,
    filestoreBytes: row.filestoreBytes,
    fileCount: row.fileCount,
    storedBytes: row.storedBytes,
    readBytes: row.readBytes,
    carriedOverBytes: row.carriedOverBytes,
    serverVersion: row.serverVersion,
    durationMs:
      row.startedAt !== null && row.finishedAt !== null
        ? Math.max(0, row.finishedAt.getTime() - row.startedAt.getTime())
        : null,
    requestedBy: row.requestedBy,
    deploymentId: row.deploymentId,
    warnings: row.warnings,
    failure: row.failure,
    restorability: toRestorabilityDto(row),
    createdAt: row.createdAt.toISOString(),
    startedAt: time(row.startedAt),
    finishedAt: time(row.finishedAt),
    lockedUntil: time(row.lockedUntil),
    replicatedAt: time(row.replicatedAt),
  };
}

/** What an entry of the audit about a snapshot is about. */
export function aboutSnapshot({ id, projectId, environmentId }: SnapshotEntity) {
  return { subject: ['snapshot', id] as const, projectId, environmentId };
}

/** What is told of a snapshot that its row does not say. */
interface Beside extends Pick<SnapshotDetails, 'rollbackLogs' | 'steps'> {
  verification: VerificationEntity | null;
}

export function toSnapshotDetailsDto(
  row: SnapshotEntity,
  { rollbackLogs, verification, steps }: Beside,
): SnapshotDetails {
  return {
    ...toSnapshotDto(row),
    rollbackLogs,
    steps,
    readInFull: row.readInFull,
    leftOut: row.leftOut && toLeftOutDto(row.leftOut),
    verification: verification && toVerificationDto(verification),
  };
}

export function toLeftOutDto({ rules, ...rest }: LeftOutSummary): LeftOut {
  return { rules: toExcludeDto(rules), ...rest };
}

/**
 * The state of a snapshot as a progress event, when there are no figures (any more); `reached` is how
 * many percent one that was not completed has come to.
 */
export function toSnapshotProgress(row: SnapshotEntity, reached = 0): SnapshotProgress {
  const done = row.status === 'completed' || row.status === 'deleting';
  return {
    snapshotId: row.id,
    status: row.status,
    phase: null,
    percent: done ? 100 : reached,
    bytesDone: (row.databaseBytes ?? 0) + (row.filestoreBytes ?? 0),
    bytesTotal: done ? (row.databaseBytes ?? 0) + (row.filestoreBytes ?? 0) : null,
    filesDone: row.fileCount ?? 0,
    filesTotal: row.fileCount,
    bytesPerSecond: null,
    remainingSeconds: null,
    message: messages[row.status],
    failure: row.failure,
    at: new Date().toISOString(),
    final: hasEnded(row.status),
  };
}

/** The figures of a running capture as a progress event. */
export function toRunningProgress(snapshotId: string, { phase, ...figures }: Figures): SnapshotProgress {
  return {
    ...figures,
    snapshotId,
    status: 'running',
    phase: phase as SnapshotProgress['phase'],
    failure: null,
    final: false,
  };
}

const messages: Record<SnapshotEntity['status'], string> = {
  queued: 'Waiting for a worker',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  deleting: 'Being deleted',
};
