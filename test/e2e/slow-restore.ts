import { inject } from 'vitest';
import { query } from '../harness/database.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { waitUntil } from './wait-until.js';

/** From now on what is captured of the environment takes so much longer to restore, a minute unless told,, and not to capture: a view that sleeps is filled anew. */
export async function makeRestoreSlow({ database }: TestEnvironment, seconds = 60): Promise<void> {
  await query(
    database.address,
    `CREATE TABLE nap AS SELECT 0.0::float8 AS seconds;
     CREATE MATERIALIZED VIEW dream AS SELECT pg_sleep(seconds)::text AS slept FROM nap;
     UPDATE nap SET seconds = ${seconds}`,
  );
}

/** Resolves when a restore of the environment's has come to that. */
export async function restoreIsAsleep({ database }: TestEnvironment): Promise<void> {
  await waitUntil('a restore fills the view that sleeps', async () => {
    const sleeping = await query(
      inject('postgres'),
      `SELECT FROM pg_stat_activity WHERE usename = $1 AND state = 'active' AND wait_event = 'PgSleep'`,
      [database.address.user],
    );
    return sleeping.length > 0;
  });
}
