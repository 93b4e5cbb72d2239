import type { SnapshotEntity } from '../snapshot.entity.js';

/** A rough rate; real ones depend on indexes and disks. */
const RESTORE_BYTES_PER_SECOND = 30 * 1024 * 1024;
const FIXED_SECONDS = 1.5;
/** There is nothing to restore: what is left is looking and swapping. */
const WITH_STANDBY_SECONDS = 1;

/** How long a rollback to a snapshot takes, for people: seconds, to a tenth. */
export function expectedSeconds(
  { databaseBytes, filestoreBytes }: Pick<SnapshotEntity, 'databaseBytes' | 'filestoreBytes'>,
  standsReady: boolean,
): number {
  if (standsReady) return WITH_STANDBY_SECONDS;
  const restored = (databaseBytes ?? 0) + (filestoreBytes ?? 0);
  return Math.round((FIXED_SECONDS + restored / RESTORE_BYTES_PER_SECOND) * 10) / 10;
}
