import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../../src/config/configuration.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import type { JobContext, JobDefinition } from '../../../src/jobs/job-definition.js';
import { JobQueue } from '../../../src/jobs/job-queue.js';
import { JobRegistry } from '../../../src/jobs/job-registry.js';
import { JobWorker } from '../../../src/jobs/job-worker.js';
import { createTestDatabase, query } from '../../harness/database.js';
import type { TestDatabase } from '../../harness/database.js';
import { urlOf } from '../../harness/service.js';
import { waitUntil } from '../../e2e/wait-until.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource(dataSourceOptions(urlOf(database.address), 4)).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** A process that runs one kind of job, and what happened to it. */
async function startProcess(run: (context: JobContext) => Promise<void>, retries = 0) {
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
    abandoned: async () => void events.push('abandoned'),
  };
  const configuration = Object.assign(new Configuration(), {
    DATABASE_URL: urlOf(database.address),
    SHUTDOWN_GRACE_SECONDS: 0,
  });
  const registry = new JobRegistry();
  registry.register(definition);
  const queue = new JobQueue(configuration, registry);
  const worker = new JobWorker(configuration, registry, queue, dataSource);
  await worker.onApplicationBootstrap();
  return {
    events,
    enqueue: () => dataSource.transaction((manager) => queue.enqueue(manager, definition.name, { n: 1 })),
    stop: async () => {
      await worker.beforeApplicationShutdown();
      await queue.onApplicationShutdown();
    },
  };
}

const stopped = ({ signal }: JobContext) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut off'))));

describe('a job', () => {
  it('may take longer than a day while its worker lives', async () => {
    const go = Promise.withResolvers<void>();
    const process = await startProcess(() => go.promise);
    await process.enqueue();
    await waitUntil('it runs', () => process.events.includes('run'));
    await query(
      database.address,
      `UPDATE jobs.job SET started_on = started_on - interval '3 days' WHERE name = 'test.work'`,
    );
    await sleep(3500);
    go.resolve();
    await waitUntil('it is done', () => process.events.includes('done'));
    await sleep(1500);
    expect(process.events).toEqual(['run', 'done']);
    await process.stop();
  }, 30_000);

  it('that is stopped goes on elsewhere, however often, and whatever it says: none of it is a failed try', async () => {
    for (let count = 0; count < 3; count += 1) {
      const process = await startProcess(stopped);
      if (count === 0) await process.enqueue();
      await waitUntil('it runs', () => process.events.includes('run'));
      await process.stop();
      expect(process.events).toEqual(['run']);
    }
    const last = await startProcess(async () => undefined);
    await waitUntil('it is done', () => last.events.includes('done'));
    expect(last.events).toEqual(['run', 'done']);
    await last.stop();
  }, 60_000);

  it('that does not stop when it is told goes on elsewhere, too', async () => {
    const process = await startProcess(() => new Promise(() => undefined));
    await process.enqueue();
    await waitUntil('it runs', () => process.events.includes('run'));
    await process.stop();
    const next = await startProcess(async () => undefined);
    await waitUntil('it is done', () => next.events.includes('done'));
    await sleep(1500);
    expect(next.events).toEqual(['run', 'done']);
    await next.stop();
  }, 60_000);
});
