import type { ClientBase } from 'pg';

/**
 * Rows that were ever inserted, updated or deleted in a database, as PostgreSQL counts them: good for
 * telling whether anything was written meanwhile. A server that crashed begins again at 0.
 */
export async function countWrites(client: ClientBase, databaseOid: number): Promise<number> {
  const { rows } = await client.query<{ writes: string | null }>(
    `SELECT tup_inserted + tup_updated + tup_deleted AS writes FROM pg_stat_database WHERE datid = $1`,
    [databaseOid],
  );
  return Number(rows[0]?.writes ?? 0);
}

/** Whether something was written between the two counts. */
export function hasWritten(before: number, now: number): boolean {
  return now < before ? now > 0 : now > before;
}
