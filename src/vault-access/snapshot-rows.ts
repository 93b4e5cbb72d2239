import type { Pool } from 'pg';
import type { ProjectSummary } from '../vault/check/finding.js';

/**
 * Writes into the snapshots' rows what a check of the vault has found, for people to see before they need them. A damaged
 * one is no base any more. Only a check that has read every byte takes a mark back. Does nothing where there is no such
 * table: a vault may be checked beside an empty database.
 */
export async function recordChecked(
  connections: Pool,
  { snapshots, packs, packsRead, contentsUnread }: ProjectSummary,
): Promise<void> {
  if (!(await hasSnapshots(connections))) return;
  const readAll = packsRead === packs && contentsUnread === 0;
  for (const { snapshotId, state, reasons } of snapshots) {
    if (state === 'damaged') {
      await connections.query(NOTE, [snapshotId, { code: 'snapshot-damaged', message: reasons.join(' ') }]);
    } else if (readAll) {
      await connections.query('UPDATE public.snapshots SET damage = NULL WHERE id = $1 AND damage IS NOT NULL', [
        snapshotId,
      ]);
    }
  }
}

const NOTE = `UPDATE public.snapshots SET damage = $2::jsonb, can_be_base = false WHERE id = $1 AND status = 'completed'`;

/** Ids of the snapshots that the service takes for completed. */
export async function expectedSnapshots(connections: Pool, project: string): Promise<string[]> {
  if (!(await hasSnapshots(connections))) return [];
  const { rows } = await connections.query<{ id: string }>(
    `SELECT id FROM public.snapshots WHERE project_id = $1 AND status = 'completed' ORDER BY id`,
    [project],
  );
  return rows.map(({ id }) => id);
}

async function hasSnapshots(connections: Pool): Promise<boolean> {
  const { rows } = await connections.query<{ known: boolean }>(
    `SELECT to_regclass('public.snapshots') IS NOT NULL AS known`,
  );
  return rows[0]?.known === true;
}
