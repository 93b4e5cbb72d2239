import { PgBoss } from 'pg-boss';
import { STATE_POOL } from '../database/state-session.js';
import { QUEUE_SCHEMA } from './job-queue.js';

/**
 * Makes the tables of the job queue, or brings them up to date; does nothing where they are. Any number of processes may call
 * it at once. Needs CREATE on the database. No queue is made and no job looked at: that is for whoever works.
 */
export async function migrateQueue(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    application_name: 'snapback-jobs',
    schema: QUEUE_SCHEMA,
    max: 1,
    ...STATE_POOL,
    supervise: false,
    schedule: false,
  });
  // What keeps it from starting is thrown as well; without a listener it would end the process.
  boss.on('error', () => undefined);
  try {
    await boss.start();
  } finally {
    await boss.stop({ graceful: false, close: true });
  }
}
