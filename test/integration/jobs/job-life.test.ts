import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import type { JobContext } from '../../../src/jobs/job-definition.js';
import { createTestDatabase, query, urlOf } from '../../harness/database.js';
import type { TestDatabase } from '../../harness/database.js';
import { waitUntil } from '../../e2e/wait-until.js';
import { startProcess as startProcessOf } from './job-process.js';

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

const startProcess = (run: (context: JobContext) => Promise<void>) =>
  startProcessOf({ database: database.address, dataSource }, run);

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
});
