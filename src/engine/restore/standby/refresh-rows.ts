import type { Client } from 'pg';
import type { SegmentEntry } from '../../../vault/manifests/manifest-database.js';
import { copyOut } from '../../postgres/copy/copy-out.js';
import { quoteIdentifier, qualifiedName } from '../../postgres/sql/quote.js';
import { isOlder } from '../../capture/database/segments/segment-statements.js';
import { type CopiedTable, copyOutSql, selectedColumns } from '../database/order/table-sql.js';
import type { MultisetHash } from '../../multiset-hash.js';
import { type ChangedSegments, changedBytes } from './changed-segments.js';
import { RefreshInDoubt } from './refresh-in-doubt.js';

/** Of a table's rows: where more are to be replaced, it is emptied and loaded. A guess. */
const MOST_OF_A_TABLE = 0.5;
/** Of all rows: where more are to be loaded, with indexes and all, building is quicker. A guess. */
const MOST_OF_ALL = 0.5;

/** How the rows of one table become those of another snapshot. */
export interface RowsPlan {
  change: ChangedSegments;
  /** The columns that tell its rows apart, where only the rows of some segments are replaced; else all of them are. */
  key?: readonly string[];
}

/** Whether that may be quicker than building everything anew, if each table turns out to have a key. Pure. */
export function canBeQuicker(changes: readonly ChangedSegments[], dataBytes: number): boolean {
  const bytes = changes.reduce((sum, change) => sum + Math.min(changedBytes(change), change.wanted.bytes), 0);
  return isQuicker(bytes, dataBytes);
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
    const isWorthIt = changedBytes(change) <= MOST_OF_A_TABLE * change.wanted.bytes;
    return key && isUsable && isWorthIt ? { change, key } : { change };
  });
  const bytes = plans.reduce((sum, { change, key }) => sum + (key ? changedBytes(change) : change.wanted.bytes), 0);
  if (!isQuicker(bytes, dataBytes)) throw new RefreshInDoubt('Most rows have changed.');
  return plans;
}

function isQuicker(bytes: number, dataBytes: number): boolean {
  return bytes <= MOST_OF_ALL * dataBytes;
}

/** Loads a segment into its table, or into another one of the same columns. */
export type LoadRows = (segment: SegmentEntry, beside?: CopiedTable) => Promise<void>;

/**
 * Takes out of a table the rows of the segments that are gone: they are loaded beside it and looked for by the key, so each is the one
 * that the key says, and all of them must be there. Then loads what has come. Rejects with `RefreshInDoubt`, as `load` does, or with
 * the server's error.
 */
export async function replaceRows(client: Client, { change, key }: Required<RowsPlan>, load: LoadRows): Promise<void> {
  const { wanted, gone, come } = change;
  const table = qualifiedName(wanted);
  const columns = selectedColumns(wanted);
  const beside = { ...GONE, columns: wanted.columns };
  await client.query(
    `CREATE TEMPORARY TABLE ${quoteIdentifier(GONE.name)} AS SELECT ${columns} FROM ONLY ${table} WITH NO DATA`,
  );
  for (const segment of gone) await load(segment, beside);
  await client.query(`ANALYZE ${qualifiedName(GONE)}`);
  const same = key.map((column) => `t.${quoteIdentifier(column)} = gone.${quoteIdentifier(column)}`).join(' AND ');
  const { rowCount } = await client.query(
    `DELETE FROM ONLY ${table} t USING ${qualifiedName(GONE)} gone WHERE ${same}`,
  );
  if (rowCount !== rowsOf(gone)) throw new RefreshInDoubt(`Rows that were to go were not in ${table}.`);
  await client.query(`DROP TABLE ${qualifiedName(GONE)}`);
  for (const segment of come) await load(segment);
}

/**
 * Throws `RefreshInDoubt` unless a table whose rows were replaced in part holds exactly: rows of before, as many as were left of those
 * that were compared then and none of them younger than `horizon`; and of younger ones those that were loaded, compared row by row.
 */
export async function requireReplaced(
  client: Client,
  { held, wanted, gone }: ChangedSegments,
  { horizon, loaded, encoding }: { horizon: string; loaded: MultisetHash; encoding: string },
): Promise<void> {
  const table = qualifiedName(wanted);
  const { rows } = await client.query<{ old: string }>(
    `SELECT pg_catalog.count(*) AS old FROM ONLY ${table} WHERE ${isOlder(horizon)}`,
  );
  const found = loaded.another();
  const younger = copyOutSql({ ...wanted, condition: `NOT (${isOlder(horizon)})` }, encoding);
  await copyOut(client, younger, (bytes) => found.update(bytes));
  const isSame = Number(rows[0]!.old) === held.rows - rowsOf(gone) && found.digest() === loaded.digest();
  if (!isSame) throw new RefreshInDoubt(`The rows of ${table} are others than those that were put together.`);
}

const GONE = { schema: 'pg_temp', name: 'snapback_gone' };

function rowsOf(segments: readonly SegmentEntry[]): number {
  return segments.reduce((sum, { rows }) => sum + rows, 0);
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
