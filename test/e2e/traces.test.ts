import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { environmentUpdate, snapshotVerify } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { watchSnapshot } from '../../sdk/typescript/streams/watch.js';
import { checkedFetch } from '../harness/contract-check.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { madeUpSecret, secretIn } from '../harness/secret-mark.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { below, startTraceReceiver } from '../harness/trace-receiver.js';
import type { ReceivedSpan, TraceReceiver } from '../harness/trace-receiver.js';
import { nothingIsLeft } from './leftovers.js';
import { rollBack, takeSnapshot } from './outcomes.js';

const SERVER = 2;
const CONSUMER = 5;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/;

const program = join(tmpdir(), `snapback-test-traced-hook-${process.pid}`);
let receiver: TraceReceiver;
let setting: ServiceSetting;
let api: ServiceProcess;
let worker: ServiceProcess;
let place: TestEnvironment;
let client: Client;
let hookServer: Server;
let hookUrl: string;
const hookHeaders: (string | undefined)[] = [];

beforeAll(async () => {
  await writeFile(program, `#!/bin/sh\necho "$TRACEPARENT" >> ${program}.told\n`);
  await chmod(program, 0o755);
  hookServer = createServer((request, response) => {
    hookHeaders.push(request.headers['traceparent'] as string | undefined);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => hookServer.listen(0, '127.0.0.1', resolve));
  hookUrl = `http://127.0.0.1:${(hookServer.address() as AddressInfo).port}/${madeUpSecret()}`;
  receiver = await startTraceReceiver();
  setting = await createServiceSetting({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${madeUpSecret()}`,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    HOOK_COMMANDS: `pause-pooler=${program}`,
    HOOK_HOSTS: '127.0.0.1',
    LOG_LEVEL: 'debug',
  });
  [api, worker] = await Promise.all([
    startServiceProcess({ ...setting.env, ROLE: 'api' }),
    startServiceProcess({ ...setting.env, ROLE: 'worker' }),
  ]);
  client = connect({ baseUrl: api.url, token: testToken(), fetch: checkedFetch });
  place = await createTestEnvironment(client, setting.filestoreRoot);
});

afterAll(async () => {
  hookServer.closeAllConnections();
  hookServer.close();
  await Promise.all([program, `${program}.told`].map((path) => rm(path, { force: true })));
  await Promise.all([api, worker].map((service) => service?.kill()));
  await nothingIsLeft([place]).finally(() => setting.remove());
  await receiver.close();
});

/** The server's span of an operation, once it and so many below it of these names are there. */
function traceOf(operation: string, names: readonly string[], index = 0): Promise<[ReceivedSpan, ReceivedSpan[]]> {
  return receiver.waitFor(`a trace of ${operation} with ${names.join(', ')}`, (spans) => {
    const top = spans.filter(({ attributes }) => attributes['snapback.operation'] === operation)[index];
    const all = top && below(spans, top);
    return all && names.every((name) => all.some((span) => span.name === name)) && [top, all];
  });
}

const only = (spans: ReceivedSpan[], name: string): ReceivedSpan => {
  const named = spans.filter((span) => span.name === name);
  expect(named.map((span) => span.name)).toEqual([name]);
  return named[0]!;
};
const parentOf = (spans: ReceivedSpan[], { parentSpanId }: ReceivedSpan) =>
  spans.find(({ spanId }) => spanId === parentSpanId)?.name;

describe('one snapshot', () => {
  it('is one trace from the request through the job and its phases to pg_dump, over two processes', async () => {
    const snapshot = await takeSnapshot(client, place.environment.id);
    const [top, spans] = await traceOf('snapshotCreate', ['run snapshot.capture', 'publish', 'pg_dump']);
    expect(top).toMatchObject({
      name: 'POST snapshotCreate',
      kind: SERVER,
      parentSpanId: undefined,
      isFailed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/api/v1/environments/{environmentId}/snapshots',
        'http.response.status_code': 202,
        'snapback.environment.id': place.environment.id,
        'snapback.organization': 'acme',
      },
      resource: { 'service.name': 'snapback', 'snapback.role': 'api', 'deployment.environment.name': 'test' },
    });
    const job = only(spans, 'run snapshot.capture');
    expect(job).toMatchObject({
      kind: CONSUMER,
      attributes: {
        'snapback.job.kind': 'snapshot.capture',
        'snapback.job.tries': 0,
        'snapback.job.attempt': 0,
        'snapback.job.end': 'done',
        'snapback.outcome': 'completed',
        'snapback.snapshot.id': snapshot.id,
        'snapback.environment.id': place.environment.id,
      },
      resource: { 'snapback.role': 'worker' },
    });
    expect(job.attributes['snapback.job.wait_ms']).toBeGreaterThanOrEqual(0);
    expect(job.parentSpanId).toBe(top.spanId);
    for (const phase of ['prepare', 'database', 'filestore', 'publish']) {
      const span = only(spans, phase);
      expect(span.parentSpanId).toBe(job.spanId);
      expect(span.end >= span.begin && span.end <= job.end).toBe(true);
    }
    expect(only(spans, 'filestore').attributes).toMatchObject({ 'snapback.files': 3 });
    expect(only(spans, 'pg_dump').attributes).toMatchObject({
      'process.executable.name': 'pg_dump',
      'process.exit.code': 0,
    });
    expect(parentOf(spans, only(spans, 'pg_dump'))).toMatch(/^(prepare|database)$/);
  });

  it('has the trace in the lines of both processes, and not in the data of the job', async () => {
    const [{ traceId, spanId }, spans] = await traceOf('snapshotCreate', ['run snapshot.capture']);
    const lines = [api, worker].map((process) => process.logged().filter((line) => line['traceId'] === traceId));
    expect(lines[0]!.find(({ msg }) => msg === 'request completed')).toMatchObject({
      operation: 'snapshotCreate',
      spanId,
    });
    expect(lines[1]!.find(({ msg }) => msg === 'A job has ended.')).toMatchObject({
      spanId: only(spans, 'run snapshot.capture').spanId,
    });
    expect(worker.log()).not.toContain('traceparent');
  });
});

describe('one rollback', () => {
  const hook = { kind: 'command' as const, command: 'pause-pooler' };

  it('is one trace, which hooks can go on with', async () => {
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    const path = { projectId: place.project.id, environmentId: place.environment.id };
    const other = { kind: 'request' as const, url: hookUrl, headers: { TraceParent: 'theirs' } };
    await result(environmentUpdate({ client, path, body: { beforeCutover: hook, afterCutover: other } }));
    const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
    expect(log).toMatchObject({ status: 'completed', warnings: [] });

    const [top, spans] = await traceOf('rollbackCreate', ['run rollback.run', 'cleanup', 'pause-pooler', 'POST']);
    const job = only(spans, 'run rollback.run');
    expect(job.attributes).toMatchObject({
      'snapback.outcome': 'completed',
      'snapback.deployment.id': log.deploymentId,
      'snapback.snapshot.id': snapshotId,
    });
    for (const phase of ['prepare', 'stage-database', 'stage-filestore', 'verify', 'cutover', 'cleanup'])
      expect(only(spans, phase).parentSpanId).toBe(job.spanId);
    expect(only(spans, 'cutover').attributes['snapback.downtime_ms']).toBeGreaterThan(0);

    const command = only(spans, 'pause-pooler');
    const told = (await readFile(`${program}.told`, 'utf8')).trim();
    expect(TRACEPARENT.exec(told)?.slice(1)).toEqual([top.traceId, command.spanId]);
    expect(parentOf(spans, command)).toBe('cutover');
    const request = only(spans, 'POST');
    expect(hookHeaders.map((header) => TRACEPARENT.exec(header ?? '')?.slice(1))).toEqual([
      [top.traceId, request.spanId],
    ]);
    expect(request.attributes).toMatchObject({ 'server.address': '127.0.0.1', 'http.response.status_code': 204 });
  });

  it('says which part failed, by a name and not by words', async () => {
    await writeFile(program, '#!/bin/sh\nexit 3\n');
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
    expect(log.status).toBe('failed');
    const [, spans] = await traceOf('rollbackCreate', ['run rollback.run', 'pause-pooler'], 1);
    expect(only(spans, 'pause-pooler')).toMatchObject({
      isFailed: true,
      attributes: { 'process.exit.code': 3, 'error.type': '3' },
    });
    expect(only(spans, 'cutover')).toMatchObject({ isFailed: true, attributes: { 'error.type': 'hook-failed' } });
    expect(only(spans, 'run rollback.run')).toMatchObject({
      isFailed: true,
      attributes: { 'snapback.outcome': 'failed' },
    });
  });
});

it('one verification is one trace, with what compares it', async () => {
  const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
  await result(snapshotVerify({ client, path: { environmentId: place.environment.id, snapshotId } }));
  const [, spans] = await traceOf('snapshotVerify', ['run snapshot.verify']);
  const job = only(spans, 'run snapshot.verify');
  for (const phase of ['stage-database', 'stage-filestore', 'verify'])
    expect(only(spans, phase).parentSpanId).toBe(job.spanId);
  expect(only(spans, 'verify').attributes).toMatchObject({ 'snapback.files': 3 });
  expect(
    parentOf(
      spans,
      spans.find(({ name }) => name === 'pg_restore')!,
    ),
  ).toBe('stage-database');
});

it('ends the span of a stream with the stream', async () => {
  const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
  for await (const { final } of watchSnapshot(client, { environmentId: place.environment.id, snapshotId }))
    expect(final).toBe(true);
  const [top] = await traceOf('snapshotProgress', []);
  expect(top).toMatchObject({ name: 'GET snapshotProgress', attributes: { 'http.response.status_code': 200 } });
});

it('makes no spans of probes, and none of statements', async () => {
  await fetch(`${api.url}/api/v1/health/ready`);
  await fetch(`${api.url}/api/v1/nowhere`);
  await receiver.waitFor('the span of what came after', (spans) => spans.some(({ name }) => name === 'GET'));
  const names = new Set(receiver.spans().map(({ name }) => name));
  expect([...names].filter((name) => /health|SELECT|send|complete|fetch/i.test(name))).toEqual([]);
  expect(receiver.spans().filter(({ attributes }) => String(attributes['url.path']).includes('health'))).toEqual([]);
});

it('sends no secret, and nothing that was asked with', async () => {
  const secret = madeUpSecret();
  await fetch(`${api.url}/api/v1/projects/${secret}?limit=${secret}&${secret}=1`, {
    headers: { authorization: `Bearer ${secret}`, 'user-agent': secret, cookie: secret, tracestate: 'a=b' },
  });
  const arrived = (spans: ReceivedSpan[]) =>
    spans.some(({ attributes }) => attributes['url.path'] === '/api/v1/projects/…');
  await receiver.waitFor('the span of that', arrived);
  expect(receiver.requests()[0]).toMatchObject({
    path: '/v1/traces',
    headers: { authorization: expect.stringContaining('zqkanarienvogel') },
  });
  for (const body of receiver.bodies()) expect(secretIn(body)).toBeUndefined();
});
