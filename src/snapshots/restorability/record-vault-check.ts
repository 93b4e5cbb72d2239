import type { DataSource } from 'typeorm';
import type { Announcements } from '../../announcements/announcements.js';
import { isUpToDate } from '../../database/schema-compatibility.js';
import { learnOfSnapshot } from './learn-of-snapshot.js';
import type { LearnedOfSnapshot } from './learned-from-check.js';

/** The rows of snapshots, and who hears what is announced of them. */
export interface ServiceRows {
  dataSource: DataSource;
  announcements: Announcements;
}

/**
 * Writes into the snapshots' rows what a check of the vault says of them, and tells of those that it refutes. Does nothing where there is
 * no such table, or none of this version yet: a vault may be checked beside an empty database.
 */
export async function recordChecked(
  { dataSource, announcements }: ServiceRows,
  learned: readonly LearnedOfSnapshot[],
): Promise<void> {
  if (!(await isUpToDate(dataSource))) return;
  for (const { snapshotId, event } of learned) {
    await dataSource.transaction((manager) => learnOfSnapshot(manager, announcements, snapshotId, event));
  }
}
