import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeUpSecret } from '../harness/secret-mark.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { startTraceReceiver } from '../harness/trace-receiver.js';
import type { TraceReceiver } from '../harness/trace-receiver.js';
import { waitUntil } from '../e2e/wait-until.js';
import { asker } from './ask.js';
import { rawRequest } from './raw-request.js';

const NOBODY = '/api/v1/projects/0a570000-0000-4000-8000-000000000000';
const TRACE = /^[0-9a-f]{32}$/;
const SPAN = 'b7ad6b7169203331';

let made = 0;
/** Unlike any before. */
const newTrace = () => `0af7651916cd43dd8448eb21${String((made += 1)).padStart(8, '0')}`;

let setting: ServiceSetting;
let receiver: TraceReceiver;
/** Makes traces. */
let traced: ServiceProcess;
/** Makes none. */
let plain: ServiceProcess;

beforeAll(async () => {
  setting = await createServiceSetting();
  receiver = await startTraceReceiver();
  [traced, plain] = await Promise.all([
    startServiceProcess({ ...setting.env, ROLE: 'api', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/mine` }),
    startServiceProcess({ ...setting.env, ROLE: 'api' }),
  ]);
});
afterAll(async () => {
  await Promise.all([traced.terminate(), plain.terminate()]);
  await receiver.close();
  await setting.remove();
});

const ask = (service: ServiceProcess, headers: Record<string, string>) =>
  asker(service.url, testToken())('GET', NOBODY, { headers });
/** That of its end, once it has been read. */
const lineOf = (service: ServiceProcess, requestId: string | undefined) =>
  waitUntil('the line of the request', () =>
    service.logged().find((line) => line['requestId'] === requestId && line['msg'] === 'request completed'),
  );

describe('a traceparent', () => {
  it.each(['01', '00'])(
    'is gone on with, in the problem, in the log and in what is exported; sampled or not: %s',
    async (flags) => {
      const traceId = newTrace();
      const { problem } = await ask(traced, { traceparent: `00-${traceId}-${SPAN}-${flags}`, tracestate: 'vendor=1' });
      expect(problem).toMatchObject({ code: 'not-found', traceId });
      const span = await receiver.waitFor('the span', (spans) => spans.find((one) => one.traceId === traceId));
      expect(span).toMatchObject({
        parentSpanId: SPAN,
        name: 'GET projectView',
        traceState: 'vendor=1',
        attributes: { 'http.response.status_code': 404, 'snapback.request.id': problem.requestId },
      });
      expect(await lineOf(traced, problem.requestId)).toMatchObject({ traceId, spanId: span.spanId });
      expect(receiver.requests()[0]?.path).toBe('/mine');
    },
  );

  it('has its trace named where none are made, and no span', async () => {
    const traceId = newTrace();
    const { problem } = await ask(plain, { traceparent: `00-${traceId}-${SPAN}-01` });
    expect(problem.traceId).toBe(traceId);
    expect(await lineOf(plain, problem.requestId)).toMatchObject({ traceId });
    expect(await lineOf(plain, problem.requestId)).not.toHaveProperty('spanId');
  });

  it.each([
    ['nothing', () => ({})],
    ['words', () => ({ traceparent: madeUpSecret() })],
    ['zeros', () => ({ traceparent: `00-${'0'.repeat(32)}-${SPAN}-01` })],
    ['a version that is none', () => ({ traceparent: `ff-${newTrace()}-${SPAN}-01` })],
    ['a later version with rubbish', () => ({ traceparent: `01-${newTrace()}-${SPAN}-01 ${madeUpSecret()}` })],
    ['an endless one', () => ({ traceparent: `00-${newTrace()}-${SPAN}-01-${madeUpSecret().repeat(200)}` })],
    ['two in one', () => ({ traceparent: `00-${newTrace()}-${SPAN}-01, 00-${newTrace()}-${SPAN}-01` })],
    ['a state alone', () => ({ tracestate: `vendor=${madeUpSecret()}` })],
  ])('is passed over when it is %s: a new trace begins', async (_, sent: () => Record<string, string>) => {
    const headers = sent();
    const { status, problem } = await ask(traced, headers);
    expect(status).toBe(404);
    expect(problem.traceId).toMatch(TRACE);
    expect(headers['traceparent'] ?? '').not.toContain(problem.traceId);
    expect(await lineOf(traced, problem.requestId)).toMatchObject({ traceId: problem.traceId });
    // The logs of both are looked through for what is made up here.
    const { problem: untraced } = await ask(plain, headers);
    expect(untraced).toMatchObject({ code: 'not-found' });
    expect(untraced).not.toHaveProperty('traceId');
    expect(await lineOf(plain, untraced.requestId)).not.toHaveProperty('traceId');
  });

  it('is passed over when it comes twice', async () => {
    const header = `traceparent: 00-${newTrace()}-${SPAN}-01`;
    const { status, problem } = await rawRequest(
      traced.url,
      ...[`GET ${NOBODY} HTTP/1.1`, 'Host: a', 'Connection: close', header, header, ''],
    );
    expect(status).toBe(401);
    expect(problem.traceId).toMatch(TRACE);
    expect(header).not.toContain(problem.traceId);
  });
});

it('a state of more than 512 characters is dropped, and the trace goes on', async () => {
  const traceId = newTrace();
  const tracestate = `vendor=${madeUpSecret().repeat(20)}`;
  await ask(traced, { traceparent: `00-${traceId}-${SPAN}-01`, tracestate });
  const span = await receiver.waitFor('the span', (spans) => spans.find((one) => one.traceId === traceId));
  expect(span.traceState).toBeFalsy();
});
