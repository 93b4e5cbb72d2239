import type { ClientBase } from 'pg';
import { qualifiedName } from '../../postgres/sql/quote.js';

/** A table as it is in one database, as far as its rows depend on it. */
export interface TableNow {
  oid: number;
  schema: string;
  name: string;
  persistence: string;
  /** Those with a value of their own, in their order. */
  columns: string[];
  /** All of them, by name: type, collation, and how a generated one is made. */
  shapes: Record<string, string>;
}

/** The ordinary tables of these names that there are, by `qualifiedName`. Rejects with the server's error. */
export async function readTables(
  client: ClientBase,
  names: readonly { schema: string; name: string }[],
): Promise<Map<string, TableNow>> {
  const { rows } = await client.query<TableNow>(TABLES, [
    names.map(({ schema }) => schema),
    names.map(({ name }) => name),
  ]);
  return new Map(rows.map((row) => [qualifiedName(row), row]));
}

/** Why rows of the one cannot become the other's, the rest of "its rows were not kept because …"; undefined when they can. Pure. */
export function differenceOf(live: TableNow | undefined, staged: TableNow | undefined): string | undefined {
  if (live === undefined) return 'there is no such table now';
  if (staged === undefined) return 'there is no such table in the snapshot';
  if (live.persistence !== staged.persistence) return 'one of both is unlogged';
  const names = new Set([...Object.keys(live.shapes), ...Object.keys(staged.shapes)]);
  const other = [...names].filter((name) => live.shapes[name] !== staged.shapes[name]);
  if (other.length > 0) return `its columns are others now (${other.toSorted().join(', ')})`;
  return undefined;
}

const TABLES = `
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relpersistence::text AS persistence,
         ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns,
         coalesce((SELECT pg_catalog.jsonb_object_agg(a.attname, pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod),
                     (SELECT cn.nspname || '.' || co.collname FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
                       WHERE co.oid = a.attcollation),
                     CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END))
            FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}') AS shapes
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS wanted (schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind = 'r'`;
