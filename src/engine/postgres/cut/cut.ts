import type pg from 'pg';
import type { LogPosition } from '../../../vault/manifests/manifest-database.js';
import { EngineError } from '../../engine-error.js';
import { openConnection } from '../connection/connect.js';
import { type CutMoment, readMoment } from './cut-moment.js';
import { notePosition } from './log-position.js';
import type { DatabaseAddress } from '../connection/database-address.js';
import { toEngineError } from '../connection/postgres-errors.js';
import { READING_SETTINGS } from '../connection/session-settings.js';

/** The oldest server that can tell its 64-bit transaction ids. */
const OLDEST_MAJOR = 13;

/**
 * Of every connection that reads rows under a cut. One core each, and always the same order of rows, so that equal rows
 * make equal text. Nothing is read by a table's checks, so that planning need not work them out.
 */
export const CUT_SETTINGS = {
  ...READING_SETTINGS,
  max_parallel_workers_per_gather: '0',
  enable_tidscan: 'on',
  constraint_exclusion: 'off',
} as const;

/** What `pg_stat_activity` shows for everything that reads a database for a snapshot. */
export const CAPTURE_NAME = 'snapback capture';

/** One moment of a database, held open: whoever joins `snapshotName` sees exactly the same rows. */
export interface Cut {
  /** For `SET TRANSACTION SNAPSHOT` and `pg_dump --snapshot`; can be joined until `close()`. */
  readonly snapshotName: string;
  /** Milliseconds since 1970. Since then the server keeps all row versions that the cut sees. */
  readonly openedAt: number;
  readonly serverVersion: string;
  readonly major: number;
  readonly databaseBytes: number;
  /** Where in the server's history the cut lies. */
  readonly moment: CutMoment;
  /** From here on the server's log has all that was written which the cut does not show; undefined where that is not known. */
  readonly log: LogPosition | undefined;
  /** The transaction itself. It sees the cut, and keeps the locks that are taken in it until `close()`. */
  readonly client: pg.Client;
  /** Ends the transaction. Never rejects. */
  close(): Promise<void>;
}

export interface CutContext {
  /**
   * Finds out `Cut.log`, and waits for it to this moment at most, in milliseconds since 1970: for transactions that were begun before. Left
   * out for a cut on which nothing is to be built.
   */
  logUntil?: number;
  signal: AbortSignal;
}

/**
 * Opens a read-only `REPEATABLE READ` transaction and exports its snapshot. The caller closes it once
 * every reader has joined and read. Rejects with an `EngineError`, or with `signal.reason`.
 */
export async function openCut(address: DatabaseAddress, context: CutContext): Promise<Cut> {
  const { signal, logUntil } = context;
  const connection = await openConnection(address, {
    signal,
    settings: CUT_SETTINGS,
    applicationName: CAPTURE_NAME,
  });
  const { client } = connection;
  try {
    const noted = logUntil === undefined ? undefined : await notePosition(client, { until: logUntil, signal });
    const openedAt = Date.now();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const { rows } = await client.query<{ snapshot: string; version: string; number: string; bytes: string }>(
      `SELECT pg_export_snapshot() AS snapshot, current_setting('server_version') AS version,
              current_setting('server_version_num') AS number, pg_database_size(current_database()) AS bytes`,
    );
    const row = rows[0]!;
    const major = Math.floor(Number(row.number) / 10_000);
    if (major < OLDEST_MAJOR) throw tooOld(row.version);
    const moment = await readMoment(client, row.number);
    return {
      snapshotName: row.snapshot,
      openedAt,
      serverVersion: row.version,
      major,
      databaseBytes: Number(row.bytes),
      moment,
      log: noted && moment.horizon > noted.newestId ? noted.position : undefined,
      client,
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    signal.throwIfAborted();
    throw toEngineError(error, address);
  }
}

function tooOld(version: string): EngineError {
  return new EngineError(
    'database-error',
    `The server is PostgreSQL ${version}, and snapshots need ${OLDEST_MAJOR} or newer; upgrade it.`,
  );
}
