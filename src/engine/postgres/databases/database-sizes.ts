import type { ClientBase } from 'pg';

/** On disk, in bytes; 0 when there is no such database, or the role may not ask: for people. */
export async function readDatabaseBytes(client: ClientBase, oid: number): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    `SELECT pg_catalog.pg_database_size(d.oid) AS bytes FROM pg_catalog.pg_database d
      WHERE d.oid = $1 AND (pg_catalog.pg_has_role(d.datdba, 'USAGE')
                            OR pg_catalog.has_database_privilege(d.oid, 'CONNECT'))`,
    [oid],
  );
  return Number(rows[0]?.bytes ?? 0);
}
