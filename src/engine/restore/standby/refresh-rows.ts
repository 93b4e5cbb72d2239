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

/** Whether that may be quicker than building everything anew, if each table turns out to have a key. Pure. */
export function canBeQuicker(changes: readonly ChangedSegments[], dataBytes: number): boolean {
  const bytes = changes.reduce((sum, change) => sum + loadedBytes({ change, key: [] }), 0);
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
    return key && isUsable && isSmall(change) ? { change, key } : { change };
  });
  const bytes = plans.reduce((sum, plan) => sum + loadedBytes(plan), 0);
  if (!isQuicker(bytes, dataBytes)) throw new RefreshInDoubt('Most rows have changed.');
  return plans;
}

/** What takes as long as loading so many bytes into their table. */
function loadedBytes({ change, key }: RowsPlan): number {
  return key && isSmall(change) ? BESIDE * bytesOf(change.come) : change.wanted.bytes;
}

function isSmall({ come, wanted }: ChangedSegments): boolean {
  return bytesOf(come) <= MOST_OF_A_TABLE * wanted.bytes;
}

function bytesOf(segments: readonly SegmentEntry[]): number {
  return segments.reduce((sum, { content }) => sum + content.bytes, 0);
}

function isQuicker(bytes: number, dataBytes: number): boolean {
  return bytes <= MOST_OF_ALL * dataBytes;
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
  const beside = new TablesBeside(client, wanted);
  const loaded = async (name: string, segments: readonly SegmentEntry[]) =>
    beside.make(name, `SELECT ${columns} FROM ONLY ${table} WITH NO DATA`, async (into) => {
      for (const segment of segments) await load(segment, into);
    });
  const come = await loaded(`snapback_come_${wanted.table}`, change.come);
  const present = wanted.columns.map((column) => `t.${quoteIdentifier(column)}`).join(', ');
  const entering = await beside.make(
    'snapback_entering',
    `SELECT ${columns} FROM ${qualifiedName(come)} c WHERE NOT EXISTS (
       SELECT FROM ONLY ${table} t
        WHERE ${isSame(key, 't', 'c')} AND ROW(${present})::record OPERATOR(pg_catalog.*=) ROW(c.*)::record)`,
  );
  const from = `DELETE FROM ONLY ${table} t USING`;
  let { rowCount: deleted } = await client.query(`${from} ${qualifiedName(entering)} e WHERE ${isSame(key, 't', 'e')}`);
  deleted ??= 0;
  const more = held.rows - deleted + entering.rows - wanted.rows;
  if (more > 0) {
    const gone = await loaded('snapback_gone', change.gone);
    const hasCome = `SELECT FROM ${qualifiedName(come)} c WHERE ${isSame(key, 'c', 'g')}`;
    const { rowCount } = await client.query(
      `${from} ${qualifiedName(gone)} g WHERE ${isSame(key, 't', 'g')} AND NOT EXISTS (${hasCome})`,
    );
    if (rowCount !== more) throw new RefreshInDoubt(`Rows that were to go were not in ${table}.`);
    await beside.drop(gone);
    deleted += more;
  }
  await client.query(
    `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${qualifiedName(entering)}`,
  );
  await beside.drop(entering);
  return { key, deleted, come };
}

/** Temporary tables with columns of another one. */
class TablesBeside {
  constructor(
    private readonly client: Client,
    private readonly like: Pick<CopiedTable, 'columns'>,
  ) {}

  /** `query`: what it is made of, without an end; `fill`: puts rows in. */
  async make(
    name: string,
    query: string,
    fill?: (into: CopiedTable) => Promise<void>,
  ): Promise<CopiedTable & { rows: number }> {
    const table = { schema: 'pg_temp', name, columns: this.like.columns };
    const { rowCount } = await this.client.query(`CREATE TEMPORARY TABLE ${quoteIdentifier(name)} AS ${query}`);
    await fill?.(table);
    await this.client.query(`ANALYZE ${qualifiedName(table)}`);
    return { ...table, rows: rowCount ?? 0 };
  }

  async drop(...tables: readonly CopiedTable[]): Promise<void> {
    for (const table of tables) await this.client.query(`DROP TABLE ${qualifiedName(table)}`);
  }
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
  const columns = wanted.columns.map((column) => `t.${quoteIdentifier(column)}`).join(', ');
  const there = `SELECT ${columns} FROM ONLY ${table} t JOIN ${qualifiedName(come)} c ON ${isSame(key, 't', 'c')}`;
  const sql = `COPY (${there}) TO STDOUT WITH (ENCODING ${quoteLiteral(encoding)})`;
  await copyOut(client, sql, (bytes) => found.update(bytes));
  await client.query(`DROP TABLE ${qualifiedName(come)}`);
  const { old, all } = rows[0]!;
  const asMany = Number(old) === held.rows - deleted && Number(all) === wanted.rows;
  if (!asMany || found.digest() !== loaded.digest())
    throw new RefreshInDoubt(`The rows of ${table} are others than those that were put together.`);
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
