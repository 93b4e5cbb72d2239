import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';

/** Each row of each table of a database as text, the table's name before it; in an order of its own. */
export async function everyRow(database: DatabaseAddress): Promise<string[]> {
  const tables = await query<{ name: string }>(
    database,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND schemaname NOT LIKE 'pg\\_temp%'`,
  );
  const found = tables.map(async ({ name }) => {
    const rows = await query<{ row: string }>(database, `SELECT t::text AS row FROM ${name} t`);
    return rows.map(({ row }) => `${name} ${row}`);
  });
  return (await Promise.all(found)).flat().toSorted();
}
