import type { Verification, VerificationProgress } from '../../contract/generated/types.gen.js';
import type { Figures } from '../../progress/progress-recorder.js';
import type { SnapshotEntity } from '../snapshot.entity.js';
import type { VerificationEntity } from './verification.entity.js';

export function toVerificationDto(row: VerificationEntity): Verification {
  return {
    id: row.id,
    snapshotId: row.snapshotId,
    environmentId: row.environmentId,
    status: row.status,
    outcome: row.outcome,
    finding: row.finding,
    tableCount: row.tableCount,
    rowCount: row.rowCount,
    fileCount: row.fileCount,
    filestoreBytes: row.filestoreBytes,
    requestedBy: row.requestedBy,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** What the audit says of a verification that was ordered. */
export function aboutVerification(row: VerificationEntity, { projectId, environmentId }: SnapshotEntity) {
  return { subject: ['verification', row.id] as const, projectId, environmentId, after: toVerificationDto(row) };
}

/** The state of a verification as a progress event, when there are no figures (any more). */
export function toVerificationProgress(row: VerificationEntity): VerificationProgress {
  const ended = row.status === 'ended';
  return {
    verificationId: row.id,
    snapshotId: row.snapshotId,
    status: row.status,
    phase: null,
    percent: ended ? 100 : 0,
    bytesDone: row.filestoreBytes ?? 0,
    bytesTotal: row.filestoreBytes,
    filesDone: row.fileCount ?? 0,
    filesTotal: row.fileCount,
    bytesPerSecond: null,
    remainingSeconds: null,
    message: messages[row.status],
    outcome: row.outcome,
    finding: row.finding,
    at: new Date().toISOString(),
    final: ended,
  };
}

/** The figures of a running verification as a progress event. */
export function toRunningVerification(
  { id, snapshotId }: VerificationEntity,
  { phase, ...figures }: Figures,
): VerificationProgress {
  return {
    ...figures,
    verificationId: id,
    snapshotId,
    status: 'running',
    phase: phase as VerificationProgress['phase'],
    outcome: null,
    finding: null,
    final: false,
  };
}

const messages: Record<VerificationEntity['status'], string> = {
  queued: 'Waiting for a worker',
  running: 'Running',
  ended: 'Ended',
};
