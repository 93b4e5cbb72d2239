import type { DataSource } from 'typeorm';
import type { Configuration } from '../config/configuration.js';
import { IDEMPOTENCY_HOURS } from '../idempotency/idempotency.js';

/** How long the progress of a snapshot or rollback can be replayed. */
export const PROGRESS_DAYS = 7;
/** Rows one statement removes, so that none holds its locks for long. */
const BATCH = 5000;

function expired({ WEBHOOK_DELIVERY_DAYS }: Lifetimes) {
  return [
    { table: 'progress_events', hours: PROGRESS_DAYS * 24 },
    { table: 'idempotency_keys', hours: IDEMPOTENCY_HOURS },
    // Before their events, which would take them along, however many there are.
    { table: 'webhook_deliveries', hours: WEBHOOK_DELIVERY_DAYS * 24 },
    { table: 'webhook_events', hours: WEBHOOK_DELIVERY_DAYS * 24 },
  ];
}

type Lifetimes = Pick<Configuration, 'WEBHOOK_DELIVERY_DAYS'>;

/**
 * Removes old progress events, idempotency keys, and events of webhooks with their deliveries, until there are none left or `signal` is
 * aborted.
 */
export async function removeExpiredRows(
  dataSource: DataSource,
  lifetimes: Lifetimes,
  signal: AbortSignal,
): Promise<void> {
  for (const { table, hours } of expired(lifetimes)) {
    while (!signal.aborted && (await removeBatch(dataSource, table, hours)) === BATCH);
  }
}

async function removeBatch(dataSource: DataSource, table: string, hours: number): Promise<number> {
  const rows: { count: string }[] = await dataSource.query(
    `WITH gone AS (
       DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM ${table} WHERE created_at < now() - make_interval(hours => $1) ORDER BY created_at LIMIT ${BATCH}
       )) RETURNING 1
     ) SELECT count(*) FROM gone`,
    [hours],
  );
  return Number(rows[0]?.count);
}
