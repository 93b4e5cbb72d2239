import type { Client } from 'pg';
import { EngineError } from '../../../engine-error.js';
import { copyOut } from '../../../postgres/copy/copy-out.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { explained } from '../../../postgres/connection/postgres-errors.js';
import type { SurveyedTable } from '../order/database-survey.js';
import { type BuildSessions, onSessions } from '../build-sessions.js';
import type { LoadOrder } from '../order/load-order.js';
import type { MultisetHash } from '../../../multiset-hash.js';
import type { SecondTry } from '../definitions/second-try.js';
import { type CopiedTable, copyOutSql, countSql } from '../order/table-sql.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

export interface DatabaseVerification {
  sessions: BuildSessions;
  address: DatabaseAddress;
  tables: Iterable<SurveyedTable>;
  order: LoadOrder;
  secondTry: SecondTry;
  /** The encoding in which the rows were hashed, as PostgreSQL names it. */
  encoding: string;
  /** What was loaded, by `TableEntry.table`; the rows of other tables are only counted. */
  hashes: ReadonlyMap<number, MultisetHash>;
}

export interface VerifiedDatabase {
  tables: number;
  rows: number;
  /** Tables whose rows were compared, not only counted. */
  comparedTables: number;
}

/** What is compared at once: a table, or all partitions whose rows went through one root and may be in any of them. */
interface Compared {
  read: CopiedTable;
  tables: SurveyedTable[];
  rows: number;
  bytes: number;
  /** Of all its tables; undefined unless there is one for each. */
  hash: MultisetHash | undefined;
}

/**
 * Compares every table of a database with the manifest it was restored from: the number of its rows, and where
 * there is a hash the rows themselves, read as the capture read them.
 *
 * Rejects with `EngineError('verification-failed')` that names the first table found to differ, with
 * `EngineError('database-…')` when one cannot be read, or with `signal.reason`.
 */
export async function verifyDatabase(verification: DatabaseVerification): Promise<VerifiedDatabase> {
  // Largest first, so that no session begins a long one when the others are done.
  const left = group(verification)
    .toSorted((one, other) => other.bytes - one.bytes)
    .values();
  const verified: VerifiedDatabase = { tables: 0, rows: 0, comparedTables: 0 };
  await onSessions(verification.sessions, async (session, signal) => {
    for (const compared of left) {
      signal.throwIfAborted();
      const client = await session.for('reading');
      try {
        await verification.secondTry.run(client, `table ${compared.read.schema}.${compared.read.name}`, () =>
          compared.hash
            ? compareRows(client, compared, compared.hash, verification.encoding)
            : compareCount(client, compared),
        );
      } catch (error) {
        signal.throwIfAborted();
        throw explained(error, verification.address);
      }
      verified.tables += compared.tables.length;
      verified.rows += compared.rows;
      if (compared.hash) verified.comparedTables += compared.tables.length;
    }
  });
  return verified;
}

function group({ tables, order, hashes }: DatabaseVerification): Compared[] {
  const groups = new Map<string, Compared>();
  for (const table of tables) {
    const root = order.throughRoot.get(qualifiedName(table));
    const read: CopiedTable = root ? { ...table, ...root, isRoot: true } : table;
    const key = qualifiedName(read);
    const compared = groups.get(key) ?? { read, tables: [], rows: 0, bytes: 0, hash: undefined };
    groups.set(key, compared);
    compared.tables.push(table);
    compared.rows += table.rows;
    compared.bytes += table.bytes;
  }
  for (const compared of groups.values()) compared.hash = sumOf(compared.tables, hashes);
  return [...groups.values()];
}

/** A table without rows has no hash, and adds nothing. */
function sumOf(tables: readonly SurveyedTable[], hashes: ReadonlyMap<number, MultisetHash>): MultisetHash | undefined {
  const withRows = tables.filter(({ rows }) => rows > 0);
  const found = withRows.map(({ table }) => hashes.get(table)).filter((hash) => hash !== undefined);
  const sum = found[0]?.another();
  if (!sum || found.length < withRows.length) return undefined;
  for (const hash of found) sum.add(hash);
  return sum;
}

async function compareCount(client: Client, { read, rows }: Compared): Promise<void> {
  const result = await client.query<{ rows: string }>(countSql(read));
  requireRows(read, rows, Number(result.rows[0]!.rows));
}

async function compareRows(
  client: Client,
  { read, rows }: Compared,
  loaded: MultisetHash,
  encoding: string,
): Promise<void> {
  const found = loaded.another();
  await copyOut(client, copyOutSql(read, encoding), (bytes) => found.update(bytes));
  requireRows(read, rows, found.rows);
  if (found.digest() === loaded.digest()) return;
  throw new EngineError(
    'verification-failed',
    `The rows of the table ${qualifiedName(read)} in the restored database are not the snapshot's; nothing was put in place.`,
  );
}

function requireRows(table: CopiedTable, expected: number, found: number): void {
  if (found === expected) return;
  throw new EngineError(
    'verification-failed',
    `The table ${qualifiedName(table)} has ${found} rows in the restored database, and ${expected} in the snapshot; nothing was put in place.`,
  );
}
