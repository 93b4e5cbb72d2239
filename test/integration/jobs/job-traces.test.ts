import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../../src/config/configuration.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { inSpan } from '../../../src/engine/spans.js';
import type { JobContext } from '../../../src/jobs/job-definition.js';
import { startTracing } from '../../../src/tracing/start-tracing.js';
import type { Tracing } from '../../../src/tracing/start-tracing.js';
import { createTestDatabase, query, urlOf } from '../../harness/database.js';
import type { TestDatabase } from '../../harness/database.js';
import { startTraceReceiver } from '../../harness/trace-receiver.js';
import type { ReceivedSpan, TraceReceiver } from '../../harness/trace-receiver.js';
import { waitUntil } from '../../e2e/wait-until.js';
import { startProcess } from './job-process.js';

let database: TestDatabase;
let dataSource: DataSource;
let receiver: TraceReceiver;
let tracing: Tracing;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource(dataSourceOptions(urlOf(database.address), 4)).initialize();
  receiver = await startTraceReceiver();
  const configuration = Object.assign(new Configuration(), { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  tracing = await startTracing(configuration);
});
afterAll(async () => {
  await tracing.stop();
  await receiver.close();
  await dataSource.destroy();
  await database.drop();
});

const start = (run: (context: JobContext) => Promise<void>, retries = 0) =>
  startProcess({ database: database.address, dataSource }, run, retries);
type Process = Awaited<ReturnType<typeof start>>;

/** Orders a job as a request does, within a span of this name. */
const order = (name: string, process: Process) => inSpan(name, {}, () => process.enqueue());

/** The span of that name, and those of its trace that are runs of the job, once they are so many. */
const runsOf = (name: string, count: number): Promise<{ top: ReceivedSpan; runs: ReceivedSpan[] }> =>
  receiver.waitFor(`${count} runs of ${name}`, (spans) => {
    const top = spans.find((span) => span.name === name);
    const runs = spans.filter((span) => span.traceId === top?.traceId && span.name === 'run test.work');
    return top !== undefined && runs.length >= count && { top, runs };
  });

const done = (process: Process) => waitUntil('it is done', () => process.events.includes('done'));

describe('the trace of a job', () => {
  it('stands beside its data, which is what was given', async () => {
    const process = await start(async () => undefined);
    await order('given', process);
    await done(process);
    const { top, runs } = await runsOf('given', 1);
    expect(runs[0]).toMatchObject({ parentSpanId: top.spanId, attributes: { 'snapback.job.end': 'done' } });
    const rows = await query(database.address, 'SELECT data, trace_context FROM jobs.job');
    expect(rows).toEqual([{ data: { n: 1 }, trace_context: { traceparent: `00-${top.traceId}-${top.spanId}-01` } }]);
    await process.stop();
  });

  it('goes on where it is handed back, below the run that did', async () => {
    const stopping = await start(
      ({ signal }) =>
        new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut off')))),
    );
    await order('handed back', stopping);
    await waitUntil('it runs', () => stopping.events.includes('run'));
    await stopping.stop();
    const next = await start(async () => undefined);
    await done(next);
    const { top, runs } = await runsOf('handed back', 2);
    const [first, second] = runs;
    expect(first).toMatchObject({ parentSpanId: top.spanId, attributes: { 'snapback.job.end': 'handed-back' } });
    expect(second).toMatchObject({ parentSpanId: first!.spanId, attributes: { 'snapback.job.end': 'done' } });
    await next.stop();
  });

  it('has each try', async () => {
    let tries = 0;
    const process = await start(async () => {
      tries += 1;
      if (tries === 1) throw Object.assign(new Error('with words'), { code: 'disk-full' });
    }, 1);
    await order('tried again', process);
    await done(process);
    const { top, runs } = await runsOf('tried again', 2);
    expect(runs.map(({ parentSpanId }) => parentSpanId)).toEqual([top.spanId, top.spanId]);
    expect(runs.map(({ attributes }) => attributes)).toEqual([
      expect.objectContaining({ 'snapback.job.tries': 0, 'snapback.job.end': 'failed', 'error.type': 'disk-full' }),
      expect.objectContaining({ 'snapback.job.tries': 1, 'snapback.job.end': 'done' }),
    ]);
    expect(receiver.bodies().join()).not.toContain('with words');
    await process.stop();
  });

  it('is one of its own where nothing stands beside it, as of a job of an earlier version, or rubbish', async () => {
    const process = await start(async () => undefined);
    for (const beside of ['NULL', `'{"traceparent": "rubbish"}'`, `'{"traceparent": 7}'`, `'[1]'`]) {
      const [job] = await query<{ id: string }>(
        database.address,
        `INSERT INTO jobs.job (name, data, trace_context, expire_seconds, heartbeat_seconds, retry_limit, policy, keep_until)
         SELECT name, data, ${beside}, expire_seconds, heartbeat_seconds, 0, policy, now() + interval '1 day'
           FROM jobs.job WHERE name = 'test.work' LIMIT 1 RETURNING id`,
      );
      const run = await receiver.waitFor(`its run with ${beside}`, (spans) =>
        spans.find(({ attributes }) => attributes['snapback.job.id'] === job!.id),
      );
      expect(run).toMatchObject({ parentSpanId: undefined, attributes: { 'snapback.job.end': 'done' } });
    }
    await process.stop();
  });
});
