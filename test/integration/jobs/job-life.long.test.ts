import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import type { JobContext } from '../../../src/jobs/job-definition.js';
import { createTestDatabase, urlOf } from '../../harness/database.js';
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

// A worker waits 20 seconds for what it has told to stop.
describe('a job', () => {
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
