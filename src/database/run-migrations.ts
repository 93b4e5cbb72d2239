import type { DataSource } from 'typeorm';

/** Any number that no other lock of the service uses. */
const MIGRATION_LOCK = 7_362_001;

/**
 * Brings the schema up to date. Many processes may start at once: one migrates, the others wait for
 * it and find nothing left to do.
 */
export async function runMigrations(dataSource: DataSource): Promise<void> {
  const lock = dataSource.createQueryRunner();
  try {
    await lock.connect();
    // The holder may take longer than any ordinary statement; waiting for it is no fault.
    await lock.query('SET statement_timeout = 0');
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.runMigrations();
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await lock.query('RESET statement_timeout').catch(() => undefined);
    await lock.release();
  }
}
