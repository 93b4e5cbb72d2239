import { setInterval } from 'node:timers';
import type { DataSource, QueryRunner } from 'typeorm';
import { refuseNewerSchema } from './schema-compatibility.js';

/** Any number that no other lock of the service uses. */
const MIGRATION_LOCK = 7_362_001;
/** How long another process's migration is waited for (milliseconds). */
const LONGEST_WAIT_MS = 10 * 60_000;
/** Whoever migrates says so often that it is there, and is ended by the server when it does not (milliseconds). */
const BEAT_MS = 5_000;
const SILENT_MS = 30_000;

/**
 * Brings the schema up to date. Many processes may start at once: one migrates, the others wait for it and find nothing left
 * to do. One that stands still in the middle of it does not hold the others up: its session is ended. Rejects with
 * `ConfigurationError('schema-too-new')` where a newer program was at it.
 */
export async function runMigrations(dataSource: DataSource): Promise<void> {
  const lock = dataSource.createQueryRunner();
  let beat: NodeJS.Timeout | undefined;
  try {
    await lock.connect();
    await lock.query(`SET statement_timeout = ${LONGEST_WAIT_MS}`);
    await lock.query('SET lock_timeout = 0');
    await endWhenSilent(lock);
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    beat = setInterval(() => void lock.query('SELECT').catch(() => undefined), BEAT_MS);
    await refuseNewerSchema(dataSource);
    await dataSource.runMigrations();
  } finally {
    clearInterval(beat);
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    for (const setting of ['statement_timeout', 'lock_timeout', 'idle_session_timeout'])
      await lock.query(`RESET ${setting}`).catch(() => undefined);
    await lock.release();
  }
}

/** Servers before version 14 do not know how. */
async function endWhenSilent(lock: QueryRunner): Promise<void> {
  const name = 'idle_session_timeout';
  await lock.query('SELECT set_config(name, $2, false) FROM pg_settings WHERE name = $1', [name, String(SILENT_MS)]);
}
