import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { LogPosition } from '../../../vault/manifests/manifest-database.js';
import { isRefusal } from '../connection/postgres-errors.js';

const BETWEEN_LOOKS_MS = 10;

/** A place in the log, and a transaction id that was given out later than anything before that place was written. */
export interface NotedPosition {
  position: LogPosition;
  newestId: bigint;
}

/**
 * Where the server's log stands, if the server (PostgreSQL 17 or newer) summarises it; undefined otherwise. The client is in no transaction.
 *
 * A cut whose horizon is above `newestId` shows, of all that was written before the position, how it ended: whoever wrote it had an id by
 * then, and so a lower one. What was written later, by whomever, is in the log from the position on. So this waits until nobody with
 * such an id is left, but no longer than to the moment `until` (milliseconds since 1970).
 */
export async function notePosition(
  client: pg.ClientBase,
  { until, signal }: { until: number; signal: AbortSignal },
): Promise<NotedPosition | undefined> {
  const position = await readLogPosition(client);
  if (!position) return undefined;
  // A statement of its own, after the position is known.
  const newestId = await askId(client, 'pg_catalog.pg_current_xact_id()');
  while (Date.now() < until) {
    if ((await askId(client, 'pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())')) > newestId) break;
    await pause(BETWEEN_LOOKS_MS, undefined, { signal });
  }
  return { position, newestId };
}

/** Undefined where the log is not summarised, or the role may not ask. Rejects with what else the server says. */
export async function readLogPosition(client: pg.ClientBase): Promise<LogPosition | undefined> {
  try {
    const { rows } = await client.query<LogPosition>(
      `SELECT lsn::text, ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(lsn), 8))::bit(32)::int AS timeline,
              (1000000 * extract(epoch FROM pg_catalog.pg_postmaster_start_time()))::bigint::text AS "serverStartedAt"
       FROM (SELECT CASE WHEN pg_catalog.current_setting('summarize_wal', true) = 'on' AND NOT pg_catalog.pg_is_in_recovery()
                         THEN pg_catalog.pg_current_wal_insert_lsn() END AS lsn) log
       WHERE lsn IS NOT NULL`,
    );
    return rows[0];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

async function askId(client: pg.ClientBase, expression: string): Promise<bigint> {
  const { rows } = await client.query<{ id: string }>(`SELECT ${expression}::text AS id`);
  return BigInt(rows[0]!.id);
}
