import type { Pool } from 'pg';

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
