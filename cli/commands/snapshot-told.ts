import type { Snapshot, SnapshotDetails } from '../../sdk/typescript/index.js';
import type { Column } from '../output/table.js';
import { bytes, counted, relativeTime, seconds } from '../output/words.js';

export const SNAPSHOT_COLUMNS: readonly Column<Snapshot>[] = [
  { title: 'id', cell: ({ id }) => id.slice(0, 8) },
  { title: 'taken', cell: ({ startedAt, createdAt }) => relativeTime(startedAt ?? createdAt, Date.now()) },
  { title: 'status', cell: ({ status }) => status },
  { title: 'restorability', cell: ({ restorability }) => restorability?.state ?? '', dropFirst: 1 },
  { title: 'trigger', cell: ({ trigger }) => trigger, dropFirst: 4 },
  { title: 'size', cell: sizeOf, right: true, dropFirst: 3 },
  {
    title: 'stored',
    cell: ({ storedBytes }) => (storedBytes === null ? '' : bytes(storedBytes)),
    right: true,
    dropFirst: 5,
  },
  { title: 'pinned', cell: ({ pinned }) => (pinned ? 'yes' : ''), dropFirst: 2 },
  { title: 'label', cell: ({ label }) => label ?? '' },
];

/** A snapshot, property by property. */
export function toldSnapshot(snapshot: SnapshotDetails, now: number): [string, string | undefined][] {
  const { databaseBytes, filestoreBytes, fileCount, storedBytes, restorability, startedAt, durationMs } = snapshot;
  return [
    ['id', snapshot.id],
    ['label', snapshot.label ?? undefined],
    ['status', snapshot.status],
    ['failure', snapshot.failure?.message],
    ['restorability', restorability === null ? undefined : restorability.state],
    ...(restorability?.findings ?? []).map(({ message }): [string, string] => ['', message]),
    [
      'proven',
      restorability?.provenAt === null || restorability === null
        ? undefined
        : relativeTime(restorability.provenAt, now),
    ],
    ['taken', startedAt === null ? undefined : `${startedAt} (${relativeTime(startedAt, now)})`],
    ['took', durationMs === null ? undefined : seconds(durationMs / 1000)],
    ['type', `${snapshot.type}${snapshot.baseSnapshotId === null ? '' : `, on ${snapshot.baseSnapshotId}`}`],
    ['trigger', snapshot.trigger],
    ['asked for by', snapshot.requestedBy],
    [
      'database',
      databaseBytes === null ? 'none' : `${bytes(databaseBytes)}, PostgreSQL ${snapshot.serverVersion ?? ''}`,
    ],
    ['filestore', filestoreBytes === null ? 'none' : `${bytes(filestoreBytes)} in ${counted(fileCount ?? 0, 'file')}`],
    ['stored', storedBytes === null ? undefined : bytes(storedBytes)],
    ['pinned', snapshot.pinned ? 'yes' : 'no'],
    ...snapshot.warnings.map(({ message }): [string, string] => ['warning', message]),
    ...snapshot.rollbackLogs.map(({ deploymentId, status }): [string, string] => [
      'rolled back to by',
      `${deploymentId} (${status})`,
    ]),
  ];
}

function sizeOf({ databaseBytes, filestoreBytes }: Snapshot): string {
  if (databaseBytes === null && filestoreBytes === null) return '';
  return bytes((databaseBytes ?? 0) + (filestoreBytes ?? 0));
}
