import type { Queries } from '../connection/queries.js';
import type pg from 'pg';
import { quoteIdentifier } from './quote.js';

/**
 * The schemas in which the client's role finds names where nobody pins the path: as its own settings, those of the
 * database and the server's have it, `pg_catalog` first, those that exist and that it may use. Those of temporary tables,
 * which are a session's own, are left out. The client is in a transaction, and its path is what it was afterwards.
 */
export async function readOwnSearchPath(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ path: string; own: string }>(
    `SELECT pg_catalog.current_setting('search_path') AS path, reset_val AS own
     FROM pg_catalog.pg_settings WHERE name = 'search_path'`,
  );
  const { path, own } = rows[0]!;
  await setPath(client, own);
  const { rows: found } = await client.query<{ schemas: string[] }>(
    'SELECT pg_catalog.current_schemas(true)::pg_catalog.text[] AS schemas',
  );
  await setPath(client, path);
  const others = found[0]!.schemas.filter((schema) => schema !== 'pg_catalog' && !schema.startsWith('pg_temp'));
  return ['pg_catalog', ...others];
}

/** As a value for the setting. */
export function searchPathValue(schemas: readonly string[]): string {
  return schemas.map(quoteIdentifier).join(', ');
}

/** For the rest of the client's transaction; no schema at all leaves PostgreSQL's own. */
export async function setPath(client: Queries, value: string): Promise<void> {
  await client.query(`SELECT pg_catalog.set_config('search_path', $1, true)`, [value]);
}
