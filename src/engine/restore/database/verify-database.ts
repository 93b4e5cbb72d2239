import type { Client } from 'pg';
import { EngineError } from '../../engine-error.js';
import { copyOut } from '../../postgres/copy-out.js';
import { explained } from '../../postgres/postgres-errors.js';
import type { SurveyedTable } from './database-survey.js';
import { type LaneOptions, onLanes } from './lanes.js';
import type { RowSetHash } from './row-set-hash.js';
import { copyOutSql, countSql, qualifiedName } from './table-sql.js';

export interface DatabaseVerification extends LaneOptions {
  tables: Iterable<SurveyedTable>;
  /** The encoding in which the rows were hashed, as PostgreSQL names it. */
  encoding: string;
  /** What was loaded, by `TableEntry.table`; the rows of other tables are only counted. */
  hashes: ReadonlyMap<number, RowSetHash>;
}

export interface VerifiedDatabase {
  tables: number;
  rows: number;
  /** Tables whose rows were compared, not only counted. */
  comparedTables: number;
}

/**
 * Compares every table of a database with the manifest it was restored from: the number of its rows, and where
 * there is a hash the rows themselves, read as the capture read them.
 *
 * Rejects with `EngineError('verification-failed')` that names the first table found to differ, with
 * `EngineError('database-…')` when one cannot be read, or with `signal.reason`.
 */
export async function verifyDatabase(verification: DatabaseVerification): Promise<VerifiedDatabase> {
  // Largest first, so that no lane begins a long one when the others are done.
  const tables = [...verification.tables].toSorted((one, other) => other.bytes - one.bytes);
  const verified: VerifiedDatabase = { tables: 0, rows: 0, comparedTables: 0 };
  const left = tables.values();
  await onLanes(verification, async (lane, signal) => {
    for (const table of left) {
      signal.throwIfAborted();
      const hash = verification.hashes.get(table.table);
      try {
        const client = await lane.client();
        if (hash) await compareRows(client, table, hash, verification.encoding);
        else await compareCount(client, table);
      } catch (error) {
        signal.throwIfAborted();
        throw explained(error, verification.address);
      }
      verified.tables += 1;
      verified.rows += table.rows;
      if (hash) verified.comparedTables += 1;
    }
  });
  return verified;
}

async function compareCount(client: Client, table: SurveyedTable): Promise<void> {
  const { rows } = await client.query<{ rows: string }>(countSql(table));
  requireRows(table, Number(rows[0]!.rows));
}

async function compareRows(client: Client, table: SurveyedTable, loaded: RowSetHash, encoding: string): Promise<void> {
  const found = loaded.another();
  await copyOut(client, copyOutSql(table, encoding), (bytes) => found.update(bytes));
  requireRows(table, found.rows);
  if (found.digest() === loaded.digest()) return;
  throw new EngineError(
    'verification-failed',
    `The rows of the table ${qualifiedName(table)} in the restored database are not the snapshot's; nothing was put in place.`,
  );
}

function requireRows(table: SurveyedTable, rows: number): void {
  if (rows === table.rows) return;
  throw new EngineError(
    'verification-failed',
    `The table ${qualifiedName(table)} has ${rows} rows in the restored database, and ${table.rows} in the snapshot; nothing was put in place.`,
  );
}
