import type {
  ItemRestore,
  ItemRestoreProgress,
  ItemRestoreStatus,
  RestoredFile,
  RestoredTable,
} from '../contract/generated/types.gen.js';
import { textOf } from '../engine/contents/browse-files.js';
import { encodePath } from '../engine/filestore/paths/encoded-path.js';
import { figuresAtRest } from '../progress/figures-at-rest.js';
import type { Figures } from '../progress/progress-recorder.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { bytesOfPath } from '../vault/listing/listing-key.js';
import type { EncodedPath } from '../vault/manifests/manifest.js';
import type { ItemRestoreEntity } from './item-restore.entity.js';

const BASE64 = 'base64:';

export function toItemRestoreDto(row: ItemRestoreEntity): ItemRestore {
  return {
    id: row.id,
    snapshotId: row.snapshotId,
    environmentId: row.environmentId,
    status: row.status,
    place: row.place,
    files: row.files.map((path) => toFileDto(row, path)),
    tables: row.tables.map(({ schema, name }) => toTableDto(row, schema, name)),
    finding: row.finding,
    requestedBy: row.requestedBy,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    undoUntil: row.status === 'completed' ? (row.undoUntil?.toISOString() ?? null) : null,
  };
}

/** What the audit says of it. */
export function aboutItemRestore(row: ItemRestoreEntity, { id, projectId }: EnvironmentEntity) {
  return { subject: ['item-restore', row.id] as const, projectId, environmentId: id };
}

/** Its state as a progress event, when there are no figures (any more). */
export function toItemRestoreProgress(row: ItemRestoreEntity): ItemRestoreProgress {
  return {
    itemRestoreId: row.id,
    snapshotId: row.snapshotId,
    status: row.status,
    phase: null,
    ...figuresAtRest(MESSAGES[row.status], hasEnded(row.status)),
    finding: row.finding,
  };
}

/** The figures of a running one as a progress event. */
export function toRunningItemRestore(
  { id, snapshotId, status }: ItemRestoreEntity,
  { phase, ...figures }: Figures,
): ItemRestoreProgress {
  return {
    ...figures,
    itemRestoreId: id,
    snapshotId,
    status,
    phase: phase as ItemRestoreProgress['phase'],
    finding: null,
    final: false,
  };
}

export function hasEnded(status: ItemRestoreStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'undone';
}

function toFileDto({ staged, status }: ItemRestoreEntity, path: EncodedPath): RestoredFile {
  const bytes = bytesOfPath(path);
  const item = staged?.items.find(({ asked }) => asked.includes(bytes));
  const isThere = item !== undefined && status !== 'failed' && status !== 'undone';
  const at = isThere ? encodePath(Buffer.from(item.to + bytes.slice(item.from.length), 'latin1')) : null;
  return {
    path: textOf(path),
    pathBase64: base64Of(path),
    restoredAs: at === null ? null : textOf(at),
    restoredAsBase64: at === null ? null : base64Of(at),
    keptPrevious: isThere && item.exchange,
  };
}

function toTableDto({ restoredTables, status }: ItemRestoreEntity, schema: string, name: string): RestoredTable {
  const there = restoredTables?.find((table) => table.schema === schema && table.name === name);
  const restored = status === 'undone' ? undefined : there;
  return {
    schema,
    name,
    restoredAs: restored?.restoredAs ?? null,
    rowCount: restored?.rows ?? null,
    computedColumns: there?.computed ?? [],
  };
}

function base64Of(path: EncodedPath): string | null {
  return path.startsWith(BASE64) ? path.slice(BASE64.length) : null;
}

const MESSAGES: Record<ItemRestoreStatus, string> = {
  queued: 'Waiting for a worker',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  undoing: 'Being taken back',
  undone: 'Taken back',
};
