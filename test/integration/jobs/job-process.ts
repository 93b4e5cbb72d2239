import type { DataSource } from 'typeorm';
import { Configuration } from '../../../src/config/configuration.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import type { JobContext, JobDefinition } from '../../../src/jobs/job-definition.js';
import { JobEnds } from '../../../src/jobs/job-ends.js';
import { JobQueue } from '../../../src/jobs/job-queue.js';
import { JobRegistry } from '../../../src/jobs/job-registry.js';
import { JobWorker } from '../../../src/jobs/job-worker.js';
import { RunningJobs } from '../../../src/jobs/running-jobs.js';
import { runMigrations } from '../../../src/database/run-migrations.js';
import { Quotas } from '../../../src/quotas/quotas.js';
import { urlOf } from '../../harness/database.js';

/** Where jobs are kept. */
export interface Queues {
  database: DatabaseAddress;
  dataSource: DataSource;
}

/** A process that runs one kind of job, and what happened to it. */
export async function startProcess(
  { database, dataSource }: Queues,
  run: (context: JobContext) => Promise<void>,
  retries = 0,
) {
  const events: string[] = [];
  const definition: JobDefinition<{ n: number }> = {
    name: 'test.work',
    concurrency: 1,
    retries,
    pooled: false,
    run: async (_, context) => {
      events.push('run');
      await run(context);
      events.push('done');
    },
    // What cannot be said of it hinders nothing.
    describe: () => Promise.reject(new Error('The row cannot be read.')),
    summarize: () => Promise.reject(new Error('The row cannot be read.')),
    abandoned: async () => void events.push('abandoned'),
  };
  const configuration = Object.assign(new Configuration(), {
    DATABASE_URL: urlOf(database),
    SHUTDOWN_GRACE_SECONDS: 0,
  });
  await runMigrations(dataSource);
  const registry = new JobRegistry();
  registry.register(definition);
  const queue = new JobQueue(configuration, registry);
  const running = new RunningJobs(dataSource, new Quotas(configuration, dataSource));
  const worker = new JobWorker(configuration, registry, queue, dataSource, new JobEnds(), running);
  await worker.onApplicationBootstrap();
  return {
    events,
    enqueue: () =>
      dataSource.transaction((manager) => queue.enqueue(manager, definition.name, { n: 1 }, { organization: null })),
    stop: async () => {
      await worker.beforeApplicationShutdown();
      await queue.onApplicationShutdown();
    },
  };
}
