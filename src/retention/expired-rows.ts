import type { DataSource } from 'typeorm';
import { IDEMPOTENCY_HOURS } from '../idempotency/idempotency.js';

/** How long the progress of a snapshot or rollback can be replayed. */
export const PROGRESS_DAYS = 7;
/** How long it is told that a snapshot failed or was cancelled. The vault has nothing of it. */
export const ENDED_SNAPSHOT_DAYS = 90;
/** Rows one statement removes, so that none holds its locks for long. */
const BATCH = 5000;

/** How long it is told what came of runs of schedules. */
export const SCHEDULE_RUN_DAYS = 400;

const expired: readonly { table: string; hours: number; where?: string }[] = [
  { table: 'progress_events', hours: PROGRESS_DAYS * 24 },
  { table: 'idempotency_keys', hours: IDEMPOTENCY_HOURS },
  { table: 'snapshots', hours: ENDED_SNAPSHOT_DAYS * 24, where: "status IN ('failed', 'cancelled')" },
  { table: 'schedule_runs', hours: SCHEDULE_RUN_DAYS * 24 },
];

/** Removes old progress events, idempotency keys, runs of schedules, and what is known of snapshots that failed or were cancelled, until there are none left or `signal` is aborted. */
export async function removeExpiredRows(dataSource: DataSource, signal: AbortSignal): Promise<void> {
  for (const one of expired) {
    while (!signal.aborted && (await removeBatch(dataSource, one)) === BATCH);
  }
}

async function removeBatch(
  dataSource: DataSource,
  { table, hours, where = 'true' }: (typeof expired)[number],
): Promise<number> {
  const rows: { count: string }[] = await dataSource.query(
    `WITH gone AS (
       DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM ${table} WHERE created_at < now() - make_interval(hours => $1) AND ${where} ORDER BY created_at LIMIT ${BATCH}
       )) RETURNING 1
     ) SELECT count(*) FROM gone`,
    [hours],
  );
  return Number(rows[0]?.count);
}
