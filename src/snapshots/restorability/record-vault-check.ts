import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { Announcements } from '../../announcements/announcements.js';
import { isUpToDate } from '../../database/schema-compatibility.js';
import type { ProjectSummary, SnapshotState } from '../../vault/check/finding.js';
import { learnOfSnapshot } from './learn-of-snapshot.js';
import type { RestorabilityEvent } from './restorability.js';

/** The rows of snapshots, and who hears what is announced of them. */
export interface ServiceRows {
  dataSource: DataSource;
  announcements: Announcements;
}

/**
 * Writes into the snapshots' rows what a check of the vault has found, and tells of those that it refutes. Only a check that has read
 * every byte takes something back, and one that could not tell says nothing. Does nothing where there is no such table, or none of this
 * version yet: a vault may be checked beside an empty database.
 */
export async function recordChecked(
  { dataSource, announcements }: ServiceRows,
  summary: ProjectSummary,
): Promise<void> {
  if (summary.inconclusive || !(await isUpToDate(dataSource))) return;
  const readAll = summary.packsRead === summary.packs && summary.contentsUnread === 0;
  for (const snapshot of summary.snapshots) {
    const event = eventOf(snapshot, readAll);
    if (event === undefined) continue;
    await dataSource.transaction((manager) => learnOfSnapshot(manager, announcements, snapshot.snapshotId, event));
  }
}

function eventOf({ state, reasons }: SnapshotState, readAll: boolean): RestorabilityEvent | undefined {
  if (state === 'whole') return readAll ? { event: 'vault-whole' } : undefined;
  const finding = { code: 'snapshot-damaged', message: reasons.join(' '), blocking: true };
  return { event: 'vault-damaged', findings: [finding] };
}

/** Ids of the snapshots that the service takes for completed. */
export async function expectedSnapshots(connections: Pool, project: string): Promise<string[]> {
  const { rows: tables } = await connections.query<{ there: boolean }>(
    `SELECT to_regclass('public.snapshots') IS NOT NULL AS there`,
  );
  if (tables[0]?.there !== true) return [];
  const { rows } = await connections.query<{ id: string }>(
    `SELECT id FROM public.snapshots WHERE project_id = $1 AND status = 'completed' ORDER BY id`,
    [project],
  );
  return rows.map(({ id }) => id);
}
