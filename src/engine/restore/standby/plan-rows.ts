import type { Client } from 'pg';
import { qualifiedName } from '../../postgres/sql/quote.js';
import type { ChangedSegments } from './changed-segments.js';
import { RefreshInDoubt } from './refresh-in-doubt.js';

/** Of a table, in segments that have come and that are gone: where more than that differs, it is emptied and loaded. A guess. */
const MOST_OF_A_TABLE = 1;
/** Of all rows: where more are to be loaded, with indexes and all, building is quicker. A guess. */
const MOST_OF_ALL = 0.5;
/** What loading rows beside a table and telling them apart takes, of what loading them into it takes. A guess. */
const BESIDE = 0.3;

/** How the rows of one table become those of another snapshot. */
export interface RowsPlan {
  change: ChangedSegments;
  /** The columns that tell its rows apart, where only the rows of some segments are replaced; else all of them are. */
  key?: readonly string[];
}

/** Throws `RefreshInDoubt` where building everything anew is quicker even if each table turns out to have a key. Pure. */
export function requireMayBeQuicker(changes: readonly ChangedSegments[], dataBytes: number): void {
  requireQuicker(
    changes.map((change) => ({ change, isByKey: isSmall(change) })),
    dataBytes,
  );
}

/**
 * Rejects with `RefreshInDoubt` where building everything anew is quicker. `client`: with an empty `search_path`; `dataBytes`: of all
 * tables of the wanted snapshot.
 */
export async function planRows(
  client: Client,
  changes: readonly ChangedSegments[],
  dataBytes: number,
): Promise<RowsPlan[]> {
  const names = changes.map(({ wanted }) => qualifiedName(wanted));
  const { rows } = await client.query<{ schema: string; name: string; columns: string[] }>(KEYS, [names]);
  const keys = new Map(rows.map((row) => [qualifiedName(row), row.columns]));
  const plans = changes.map((change): RowsPlan => {
    const key = keys.get(qualifiedName(change.wanted));
    const isUsable = key?.every((column) => change.wanted.columns.includes(column));
    return key && isUsable && isSmall(change) ? { change, key } : { change };
  });
  requireQuicker(
    plans.map(({ change, key }) => ({ change, isByKey: key !== undefined })),
    dataBytes,
  );
  return plans;
}

function requireQuicker(tables: readonly { change: ChangedSegments; isByKey: boolean }[], dataBytes: number): void {
  // What takes as long as loading so many bytes into their tables.
  const bytes = tables.reduce(
    (sum, { change, isByKey }) => sum + (isByKey ? BESIDE * differing(change) : change.wanted.bytes),
    0,
  );
  if (bytes > MOST_OF_ALL * dataBytes) throw new RefreshInDoubt('Most rows have changed.');
}

function isSmall(change: ChangedSegments): boolean {
  return differing(change) <= MOST_OF_A_TABLE * change.wanted.bytes;
}

function differing({ come, gone }: ChangedSegments): number {
  return [...come, ...gone].reduce((sum, { content }) => sum + content.bytes, 0);
}

/**
 * Primary keys by which a row can be found: of types of PostgreSQL's own that are equal when their text is, without anybody's operators, collations
 * or rules. $1: qualified names of tables.
 */
const KEYS = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, pg_catalog.array_agg(a.attname::text ORDER BY k.at) AS columns
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND c.relkind = 'r' AND NOT c.relhasrules
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY k (attnum, at)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
   WHERE i.indrelid = ANY ($1::pg_catalog.regclass[]) AND i.indisprimary AND i.indisvalid AND k.at <= i.indnkeyatts
   GROUP BY n.nspname, c.relname
  HAVING pg_catalog.bool_and(coalesce(l.collisdeterministic, true) AND a.atttypid::pg_catalog.regtype::text = ANY (
           '{smallint,integer,bigint,uuid,text,"character varying",date,"timestamp without time zone","timestamp with time zone"}'::pg_catalog.text[]))`;
