import type { ExportStatus, SnapshotExport, SnapshotExportProgress } from '../contract/generated/types.gen.js';
import { figuresAtRest } from '../progress/figures-at-rest.js';
import type { Figures } from '../progress/progress-recorder.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import type { ExportEntity } from './export.entity.js';

export function toExportDto(row: ExportEntity): SnapshotExport {
  return {
    id: row.id,
    snapshotId: row.snapshotId,
    environmentId: row.environmentId,
    status: row.status,
    format: row.format,
    layout: row.layout,
    neutralizedFor: row.neutralizedFor,
    fileName: row.fileName,
    sizeBytes: row.sizeBytes,
    sha256: row.sha256,
    finding: row.finding,
    requestedBy: row.requestedBy,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
  };
}

/** What the audit says of it. */
export function aboutExport(row: ExportEntity, { id, projectId }: EnvironmentEntity) {
  return { subject: ['export', row.id] as const, projectId, environmentId: id };
}

/** Its state as a progress event, when there are no figures (any more). */
export function toExportProgress(row: ExportEntity): SnapshotExportProgress {
  return {
    exportId: row.id,
    snapshotId: row.snapshotId,
    status: row.status,
    phase: null,
    ...figuresAtRest(MESSAGES[row.status], hasEnded(row.status)),
    finding: row.finding,
  };
}

/** The figures of a running one as a progress event. */
export function toRunningExport(
  { id, snapshotId, status }: ExportEntity,
  { phase, ...figures }: Figures,
): SnapshotExportProgress {
  return {
    ...figures,
    exportId: id,
    snapshotId,
    status,
    phase: phase as SnapshotExportProgress['phase'],
    finding: null,
    final: false,
  };
}

export function hasEnded(status: ExportStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

const MESSAGES: Record<ExportStatus, string> = {
  queued: 'Waiting for a worker',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  removed: 'Removed',
};
