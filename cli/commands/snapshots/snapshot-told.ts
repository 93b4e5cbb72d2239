import type { Snapshot, SnapshotDetails } from '../../../sdk/typescript/index.js';
import { toldLeftOut } from './left-out-told.js';
import type { Column, Property } from '../../output/table.js';
import { bytes, counted, finding, known, relativeTime, seconds } from '../../output/words.js';

export const SNAPSHOT_COLUMNS: readonly Column<Snapshot>[] = [
  { title: 'id', cell: ({ id }) => id.slice(0, 8) },
  { title: 'taken', cell: ({ startedAt, createdAt }) => relativeTime(startedAt ?? createdAt, Date.now()) },
  { title: 'status', cell: ({ status }) => status },
  { title: 'restorability', cell: ({ restorability }) => restorability?.state, dropFirst: 1 },
  { title: 'trigger', cell: ({ trigger }) => trigger, dropFirst: 4 },
  { title: 'size', cell: sizeOf, right: true, dropFirst: 3 },
  {
    title: 'stored',
    cell: ({ storedBytes }) => known(storedBytes, bytes),
    right: true,
    dropFirst: 5,
  },
  { title: 'pinned', cell: pinnedUntil, dropFirst: 2 },
  { title: 'label', cell: ({ label }) => label },
];

/** A snapshot, property by property. */
export function toldSnapshot(snapshot: SnapshotDetails, now: number): Property[] {
  const { databaseBytes, filestoreBytes, fileCount, storedBytes, restorability, startedAt, durationMs } = snapshot;
  return [
    ['id', snapshot.id],
    ['label', snapshot.label],
    ['status', snapshot.status],
    ['failure', known(snapshot.failure, finding)],
    ['restorability', restorability?.state],
    ...(restorability?.findings ?? []).map((each): Property => ['', finding(each)]),
    ['proven', known(restorability?.provenAt, (at) => relativeTime(at, now))],
    ['taken', known(startedAt, (at) => `${at} (${relativeTime(at, now)})`)],
    ['took', known(durationMs, (ms) => seconds(ms / 1000))],
    ['type', [snapshot.type, known(snapshot.baseSnapshotId, (base) => `on ${base}`)].filter(Boolean).join(', ')],
    ['trigger', snapshot.trigger],
    ['asked for by', snapshot.requestedBy],
    [
      'database',
      known(databaseBytes, (size) => `${bytes(size)}, PostgreSQL ${snapshot.serverVersion ?? ''}`) ?? 'none',
    ],
    ['filestore', known(filestoreBytes, (size) => `${bytes(size)} in ${counted(fileCount ?? 0, 'file')}`) ?? 'none'],
    ...toldLeftOut(snapshot.leftOut),
    ['stored', known(storedBytes, bytes)],
    ['replicated', known(snapshot.replicatedAt, (at) => relativeTime(at, now))],
    ['locked until', known(snapshot.lockedUntil, (at) => at)],
    ['pinned', pinned(snapshot)],
    ...(snapshot.warnings ?? []).map((each): Property => ['warning', finding(each)]),
    ...(snapshot.rollbackLogs ?? []).map(({ deploymentId, status }): Property => [
      'rolled back to by',
      `${deploymentId} (${status})`,
    ]),
  ];
}

function sizeOf({ databaseBytes, filestoreBytes }: Snapshot): string | undefined {
  return known(databaseBytes ?? filestoreBytes, () => bytes((databaseBytes ?? 0) + (filestoreBytes ?? 0)));
}

function pinnedUntil({ pinned: is, pin }: Snapshot): string {
  return is ? (known(pin?.expiresAt, (at) => `until ${at.slice(0, 10)}`) ?? 'yes') : '';
}

/** An older service says no more than that it is. */
function pinned({ pinned: is, pin }: Snapshot): string {
  if (!is) return 'no';
  const by = known(pin?.by, (subject) => `, by ${subject}`) ?? '';
  const until = known(pin?.expiresAt, (at) => `, until ${at}`) ?? '';
  return `yes${by}${until}${known(pin?.reason, (reason) => `: ${reason}`) ?? ''}`;
}
