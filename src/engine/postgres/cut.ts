import { toEngineError } from './postgres-errors.js';
import { openConnection } from './connect.js';
import type { DatabaseAddress } from './database-address.js';

/** One moment of a database, held open: whoever joins `snapshotName` sees exactly the same rows. */
export interface Cut {
  /** For `SET TRANSACTION SNAPSHOT` and `pg_dump --snapshot`; can be joined until `close()`. */
  readonly snapshotName: string;
  readonly serverVersion: string;
  readonly major: number;
  readonly databaseBytes: number;
  /** Ends the transaction. Never rejects. */
  close(): Promise<void>;
}

/**
 * What makes the text of a value depend on nothing but the value, and a read see every row or fail.
 * The timeouts are off because the transaction has to stay open, idle, for as long as others read.
 */
export const CAPTURE_SETTINGS = {
  search_path: '',
  row_security: 'off',
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  quote_all_identifiers: 'off',
  synchronize_seqscans: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
} as const;

/**
 * Opens a read-only `REPEATABLE READ` transaction and exports its snapshot. The caller closes it once
 * every reader has joined and read. Rejects with an `EngineError`, or with `signal.reason`.
 */
export async function openCut(address: DatabaseAddress, context: { signal: AbortSignal }): Promise<Cut> {
  const connection = await openConnection(address, { signal: context.signal, settings: CAPTURE_SETTINGS });
  try {
    await connection.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const { rows } = await connection.client.query<{
      snapshot: string;
      version: string;
      number: string;
      bytes: string;
    }>(
      `SELECT pg_export_snapshot() AS snapshot, current_setting('server_version') AS version,
              current_setting('server_version_num') AS number, pg_database_size(current_database()) AS bytes`,
    );
    const row = rows[0]!;
    return {
      snapshotName: row.snapshot,
      serverVersion: row.version,
      major: Math.floor(Number(row.number) / 10_000),
      databaseBytes: Number(row.bytes),
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    context.signal.throwIfAborted();
    throw toEngineError(error, address);
  }
}
