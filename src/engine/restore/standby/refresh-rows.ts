import type { Client } from 'pg';
import type { SegmentEntry } from '../../../vault/manifests/manifest-database.js';
import { copyOut } from '../../postgres/copy/copy-out.js';
import { quoteIdentifier, quoteLiteral, qualifiedName } from '../../postgres/sql/quote.js';
import { isOlder } from '../../capture/database/segments/segment-statements.js';
import { type CopiedTable, selectedColumns } from '../database/order/table-sql.js';
import type { MultisetHash } from '../../multiset-hash.js';
import type { ChangedSegments } from './changed-segments.js';
import { RefreshInDoubt } from './refresh-in-doubt.js';

/** Of a table: where more than that has come, it is emptied and loaded. A guess. */
const MOST_OF_A_TABLE = 0.5;
/** Of all rows: where more are to be loaded, with indexes and all, building is quicker. A guess. */
const MOST_OF_ALL = 0.5;
/** What loading rows beside a table and comparing them takes, of what loading them into it takes. A guess. */
const BESIDE = 0.4;

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
    (sum, { change, isByKey }) => sum + (isByKey ? BESIDE * bytesOf(change.come) : change.wanted.bytes),
    0,
  );
  if (bytes > MOST_OF_ALL * dataBytes) throw new RefreshInDoubt('Most rows have changed.');
}

function isSmall({ come, wanted }: ChangedSegments): boolean {
  return bytesOf(come) <= MOST_OF_A_TABLE * wanted.bytes;
}

function bytesOf(segments: readonly SegmentEntry[]): number {
  return segments.reduce((sum, { content }) => sum + content.bytes, 0);
}

/** Loads a segment into another table of the same columns. */
type LoadBeside = (segment: SegmentEntry, beside: CopiedTable) => Promise<void>;

/** What was done to a table whose rows were replaced in part. */
export interface ReplacedRows {
  key: readonly string[];
  deleted: number;
  /** A temporary table with the rows of all segments that have come, until they are compared. */
  come: CopiedTable;
}

/**
 * Makes the rows of a table others, by its key: the rows of the segments that have come are loaded beside it, and those that are not in it,
 * byte for byte, take the place of those with their keys. Where there are more rows then than the snapshot has, those of the segments that
 * are gone are loaded too, and deleted unless their keys have come; each must have been there. Rejects with `RefreshInDoubt`, as `load` does,
 * or with the server's error.
 */
export async function replaceRows(
  client: Client,
  { change, key }: Required<RowsPlan>,
  load: LoadBeside,
): Promise<ReplacedRows> {
  const { held, wanted } = change;
  const table = qualifiedName(wanted);
  const columns = selectedColumns(wanted);
  const beside = (name: string): CopiedTable => ({ schema: 'pg_temp', name, columns: wanted.columns });
  const loaded = async (name: string, segments: readonly SegmentEntry[]) => {
    const into = beside(name);
    await makeTemporary(client, into, `SELECT ${columns} FROM ONLY ${table} WITH NO DATA`);
    for (const segment of segments) await load(segment, into);
    await analyze(client, into);
    return into;
  };
  const come = await loaded(`snapback_come_${wanted.table}`, change.come);
  const entering = beside('snapback_entering');
  const enteringRows = await makeTemporary(
    client,
    entering,
    `SELECT ${columns} FROM ${qualifiedName(come)} c WHERE NOT EXISTS (
       SELECT FROM ONLY ${table} t
        WHERE ${isSame(key, 't', 'c')} AND ROW(${columnsIn('t', wanted)})::record OPERATOR(pg_catalog.*=) ROW(c.*)::record)`,
  );
  await analyze(client, entering);
  const from = `DELETE FROM ONLY ${table} t USING`;
  let { rowCount: deleted } = await client.query(`${from} ${qualifiedName(entering)} e WHERE ${isSame(key, 't', 'e')}`);
  deleted ??= 0;
  const more = held.rows - deleted + enteringRows - wanted.rows;
  if (more > 0) {
    const gone = await loaded('snapback_gone', change.gone);
    const hasCome = `SELECT FROM ${qualifiedName(come)} c WHERE ${isSame(key, 'c', 'g')}`;
    const { rowCount } = await client.query(
      `${from} ${qualifiedName(gone)} g WHERE ${isSame(key, 't', 'g')} AND NOT EXISTS (${hasCome})`,
    );
    if (rowCount !== more) throw new RefreshInDoubt(`Rows that were to go were not in ${table}.`);
    await drop(client, gone);
    deleted += more;
  }
  await client.query(
    `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${qualifiedName(entering)}`,
  );
  await drop(client, entering);
  return { key, deleted, come };
}

/** `query`: what it is made of. Resolves to how many rows that were. */
async function makeTemporary(client: Client, { name }: CopiedTable, query: string): Promise<number> {
  const { rowCount } = await client.query(`CREATE TEMPORARY TABLE ${quoteIdentifier(name)} AS ${query}`);
  return rowCount ?? 0;
}

/** Nobody does it for a temporary table, and without it the server would guess how to join. */
async function analyze(client: Client, table: CopiedTable): Promise<void> {
  await client.query(`ANALYZE ${qualifiedName(table)}`);
}

async function drop(client: Client, table: CopiedTable): Promise<void> {
  await client.query(`DROP TABLE ${qualifiedName(table)}`);
}

/**
 * Throws `RefreshInDoubt` unless a table whose rows were replaced in part holds exactly: rows of before, as many as were left of those
 * that were compared then and none of them younger than `horizon`; all rows of the segments that have come, compared row by row; and as
 * many rows as it is to have. Rows that are in both snapshots have no key of those that have come, so they are still there, and no others.
 */
export async function requireReplaced(
  client: Client,
  { held, wanted }: ChangedSegments,
  { key, deleted, come }: ReplacedRows,
  { horizon, loaded, encoding }: { horizon: string; loaded: MultisetHash; encoding: string },
): Promise<void> {
  const table = qualifiedName(wanted);
  const { rows } = await client.query<{ old: string; all: string }>(
    `SELECT pg_catalog.count(*) FILTER (WHERE ${isOlder(horizon)}) AS old, pg_catalog.count(*) AS all FROM ONLY ${table}`,
  );
  const found = loaded.another();
  const there = `SELECT ${columnsIn('t', wanted)} FROM ONLY ${table} t JOIN ${qualifiedName(come)} c ON ${isSame(key, 't', 'c')}`;
  const sql = `COPY (${there}) TO STDOUT WITH (ENCODING ${quoteLiteral(encoding)})`;
  await copyOut(client, sql, (bytes) => found.update(bytes));
  await drop(client, come);
  const { old, all } = rows[0]!;
  const asMany = Number(old) === held.rows - deleted && Number(all) === wanted.rows;
  if (!asMany || found.digest() !== loaded.digest())
    throw new RefreshInDoubt(`The rows of ${table} are others than those that were put together.`);
}

function columnsIn(alias: string, { columns }: Pick<CopiedTable, 'columns'>): string {
  return columns.map((column) => `${alias}.${quoteIdentifier(column)}`).join(', ');
}

function isSame(key: readonly string[], one: string, other: string): string {
  return key.map((column) => `${one}.${quoteIdentifier(column)} = ${other}.${quoteIdentifier(column)}`).join(' AND ');
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
