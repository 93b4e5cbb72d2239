import type { DataSource } from 'typeorm';
import type { Configuration } from '../config/configuration.js';
import { IDEMPOTENCY_HOURS } from '../idempotency/idempotency.js';

/** How long the progress of a snapshot or rollback can be replayed. */
export const PROGRESS_DAYS = 7;
/** How long it is told that a snapshot failed or was cancelled. The vault has nothing of it. */
export const ENDED_SNAPSHOT_DAYS = 90;
/** Rows one statement removes, so that none holds its locks for long. */
const BATCH = 5000;

/** How long it is told what came of runs of schedules; of those whose snapshot is there, as long as that is. */
export const SCHEDULE_RUN_DAYS = 400;

/** By the runs of an entry of a schedule its snapshots are counted, of which so many are kept: for years, of one that comes once a month. */
const TOOK_NOTHING_THAT_IS_THERE = `NOT EXISTS (SELECT FROM snapshots s WHERE s.id = schedule_runs.snapshot_id)`;

interface Expiring {
  table: string;
  hours: number;
  where?: string;
}

function expired({ WEBHOOK_DELIVERY_DAYS }: Lifetimes): Expiring[] {
  return [
    { table: 'progress_events', hours: PROGRESS_DAYS * 24 },
    { table: 'idempotency_keys', hours: IDEMPOTENCY_HOURS },
    { table: 'snapshots', hours: ENDED_SNAPSHOT_DAYS * 24, where: "status IN ('failed', 'cancelled')" },
    { table: 'schedule_runs', hours: SCHEDULE_RUN_DAYS * 24, where: TOOK_NOTHING_THAT_IS_THERE },
    // Before their events, which would take them along, however many there are.
    { table: 'webhook_deliveries', hours: WEBHOOK_DELIVERY_DAYS * 24 },
    { table: 'webhook_events', hours: WEBHOOK_DELIVERY_DAYS * 24 },
  ];
}

type Lifetimes = Pick<Configuration, 'WEBHOOK_DELIVERY_DAYS'>;

/**
 * Removes what is only kept for a while: progress, idempotency keys, what is known of snapshots that failed or were cancelled, what schedules and
 * webhooks did. Until there is none left or `signal` is aborted.
 */
export async function removeExpiredRows(
  dataSource: DataSource,
  lifetimes: Lifetimes,
  signal: AbortSignal,
): Promise<void> {
  for (const one of expired(lifetimes)) {
    while (!signal.aborted && (await removeBatch(dataSource, one)) === BATCH);
  }
}

async function removeBatch(dataSource: DataSource, { table, hours, where = 'true' }: Expiring): Promise<number> {
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
