import type { Client } from 'pg';
import type { SegmentEntry } from '../../../vault/manifests/manifest-database.js';
import { applySettings } from '../../postgres/connection/connect.js';
import { READING_SETTINGS } from '../../postgres/connection/session-settings.js';
import { copyOut } from '../../postgres/copy/copy-out.js';
import { quoteIdentifier, qualifiedName } from '../../postgres/sql/quote.js';
import { isOlder } from '../../capture/database/segments/segment-statements.js';
import { type CopiedTable, copyQueryOutSql, selectedColumns } from '../database/order/table-sql.js';
import type { SurveyedTable } from '../database/order/database-survey.js';
import type { MultisetHash } from '../../multiset-hash.js';
import type { ChangedSegments } from './changed-segments.js';
import { RefreshInDoubt } from './refresh-in-doubt.js';
import type { RowsPlan } from './plan-rows.js';

/** Loads a segment into another table of the same columns; resolves to the hash of its rows as they were captured. */
type LoadBeside = (segment: SegmentEntry, beside: CopiedTable) => Promise<MultisetHash>;

/** What was done to a table whose rows were replaced in part. */
export interface ReplacedRows {
  key: readonly string[];
  deleted: number;
  /** A temporary table with the rows that were put in, until they are compared. */
  entered: CopiedTable;
  /** Of the segments that are gone, as they were captured. */
  before: MultisetHash;
  /** Of the segments that have come, as they were captured, and the rows that were taken out, as the table had them. */
  after: MultisetHash;
}

/**
 * Makes the rows of a table others, by its key: the rows of the segments that have come and those of the segments that are gone are loaded beside
 * it. What only the latter have is taken out, and must have been there; what only the former have is put in, byte for byte. `none`: of the hashes
 * that `load` resolves to. Rejects with `RefreshInDoubt`, as `load` does, or with the server's error.
 */
export async function replaceRows(
  client: Client,
  { change, key }: Required<RowsPlan>,
  { load, none, encoding }: { load: LoadBeside; none: MultisetHash; encoding: string },
): Promise<ReplacedRows> {
  const { wanted } = change;
  const table = qualifiedName(wanted);
  const columns = selectedColumns(wanted);
  const beside = (name: string): CopiedTable => ({ schema: 'pg_temp', name, columns: wanted.columns });
  const loaded = async (into: CopiedTable, segments: readonly SegmentEntry[]) => {
    await makeTemporary(client, into, `SELECT ${columns} FROM ONLY ${table} WITH NO DATA`);
    const hash = none.another();
    for (const segment of segments) hash.add(await load(segment, into));
    await analyze(client, into);
    return hash;
  };
  const told = async (into: CopiedTable, these: CopiedTable, those: CopiedTable) => {
    const isThere = `SELECT FROM ${qualifiedName(those)} b
      WHERE ${isSame(key, 'a', 'b')} AND ROW(a.*)::record OPERATOR(pg_catalog.*=) ROW(b.*)::record`;
    const query = `SELECT ${columns} FROM ${qualifiedName(these)} a WHERE NOT EXISTS (${isThere})`;
    const rows = await makeTemporary(client, into, query);
    await analyze(client, into);
    return rows;
  };
  const [come, gone] = [beside('snapback_come'), beside('snapback_gone')];
  const [entering, leaving] = [beside(`snapback_entering_${wanted.table}`), beside('snapback_leaving')];
  const after = await loaded(come, change.come);
  const before = await loaded(gone, change.gone);
  await told(entering, come, gone);
  const deleted = await told(leaving, gone, come);
  for (const one of [come, gone]) await drop(client, one);

  await asCaptured(client, () => readRows(client, rowsOf(wanted, key, leaving), encoding, after));
  const { rowCount } = await client.query(
    `DELETE FROM ONLY ${table} t USING ${qualifiedName(leaving)} l WHERE ${isSame(key, 't', 'l')}`,
  );
  if (rowCount !== deleted) throw new RefreshInDoubt(`Rows that were to go were not in ${table}.`);
  await drop(client, leaving);
  await client.query(
    `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${qualifiedName(entering)}`,
  );
  return { key, deleted, entered: entering, before, after };
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
 * `client`: set for reading. Throws `RefreshInDoubt` unless a table whose rows were replaced in part holds exactly: rows of before, as many as were left of those
 * that were compared then and none of them younger than `horizon`; and as many rows as it is to have, of which those that were put in make up,
 * with the segments that are gone, what the segments that have come make up with the rows that were taken out. All of these hashes are of text
 * as it was captured, or as the table has it.
 */
export async function requireReplaced(
  client: Client,
  { held, wanted }: ChangedSegments,
  { key, deleted, entered, before, after }: ReplacedRows,
  { horizon, encoding }: { horizon: string; encoding: string },
): Promise<void> {
  const table = qualifiedName(wanted);
  const { rows } = await client.query<{ old: string; all: string }>(
    `SELECT pg_catalog.count(*) FILTER (WHERE ${isOlder(horizon)}) AS old, pg_catalog.count(*) AS all FROM ONLY ${table}`,
  );
  const now = before.another();
  now.add(before);
  await readRows(client, rowsOf(wanted, key, entered), encoding, now);
  await drop(client, entered);
  const { old, all } = rows[0]!;
  const asMany = Number(old) === held.rows - deleted && Number(all) === wanted.rows;
  if (!asMany || now.digest() !== after.digest())
    throw new RefreshInDoubt(`The rows of ${table} are others than those that were put together.`);
}

/** The rows of the table that have a key of that one. */
function rowsOf(table: SurveyedTable, key: readonly string[], those: CopiedTable): string {
  const rows = `SELECT ${columnsIn('t', table)} FROM ONLY ${qualifiedName(table)} t`;
  return `${rows} JOIN ${qualifiedName(those)} e ON ${isSame(key, 't', 'e')}`;
}

/** Adds what a query reads, by the session's settings. */
async function readRows(client: Client, query: string, encoding: string, into: MultisetHash): Promise<void> {
  await copyOut(client, copyQueryOutSql(query, encoding), (bytes) => into.update(bytes));
}

/** Reads as a capture does, on a session that is set for writing: what is set within a transaction goes back with it. */
async function asCaptured(client: Client, read: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await applySettings(client, READING_SETTINGS);
    await read();
  } finally {
    await client.query('ROLLBACK');
  }
}

function columnsIn(alias: string, { columns }: Pick<CopiedTable, 'columns'>): string {
  return columns.map((column) => `${alias}.${quoteIdentifier(column)}`).join(', ');
}

function isSame(key: readonly string[], one: string, other: string): string {
  return key.map((column) => `${one}.${quoteIdentifier(column)} = ${other}.${quoteIdentifier(column)}`).join(' AND ');
}
