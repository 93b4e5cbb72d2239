import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { projectList } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { nothingIsLeft } from '../e2e/leftovers.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { waitUntil } from '../e2e/wait-until.js';
import { checkedFetch } from '../harness/contract-check.js';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { startTraceReceiver } from '../harness/trace-receiver.js';

/** From the signal to the end of a process that has nothing to hand back. */
const STOPS_WITHIN_MS = 10_000;
const PIECE = Buffer.alloc(64 * 1024, 'x');

let setting: ServiceSetting;
beforeAll(async () => {
  setting = await createServiceSetting({ OTEL_EXPORTER_OTLP_TIMEOUT: '1500' });
});
afterAll(() => setting.remove());

const clientOf = (service: ServiceProcess) =>
  connect({ baseUrl: service.url, token: testToken(), fetch: checkedFetch });
const told = (service: ServiceProcess) =>
  service.logged().flatMap(({ msg }) => (String(msg).includes('Traces cannot be sent') ? [String(msg)] : []));

async function stopsInTime(service: ServiceProcess): Promise<void> {
  const began = performance.now();
  expect(await service.terminate()).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(STOPS_WITHIN_MS);
}

describe('a receiver of traces', () => {
  it('that is away disturbs nobody, and is told of once, and once more when it is there', async () => {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const service = await startServiceProcess({ ...setting.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    const client = clientOf(service);
    const place = await createTestEnvironment(client, setting.filestoreRoot);
    await takeSnapshot(client, place.environment.id);
    await waitUntil('it is told', () => told(service).length > 0);
    await result(projectList({ client }));
    const receiver = await startTraceReceiver(port);
    await waitUntil('it is told that it is over', async () => {
      await result(projectList({ client }));
      return told(service).length > 1;
    });
    expect(told(service)).toEqual([
      'Traces cannot be sent, and are dropped: the receiver cannot be reached (ECONNREFUSED)',
      expect.stringMatching(/^Over: Traces cannot be sent, and are dropped, \d+ times in \d+ s\.$/),
    ]);
    await stopsInTime(service);
    await receiver.close();
    await nothingIsLeft([place]);
  }, 60_000);

  it.each<[string, RegExp, (response: ServerResponse) => void]>([
    ['hangs', /gives no answer in time/, () => undefined],
    ['answers 500', /answered 500/, (response) => response.writeHead(500).end('no')],
    ['asks to wait', /asks to wait/, (response) => response.writeHead(503, { 'Retry-After': '3600' }).end()],
    ['answers a gigabyte', /answers more than anybody reads/, flood],
    ['answers with rubbish', /answered 302/, (response) => response.writeHead(302, { Location: '/' }).end('\0')],
  ])('that %s holds up neither requests nor the end of the process', async (_, reason, answer) => {
    const receiver = await startTraceReceiver();
    receiver.behave(answer);
    const service = await startServiceProcess({
      ...setting.env,
      ROLE: 'api',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    });
    const client = clientOf(service);
    await waitUntil('it is told', async () => {
      await result(projectList({ client }));
      return told(service).length > 0;
    });
    expect(told(service)).toEqual([expect.stringMatching(reason)]);
    await result(projectList({ client }));
    await stopsInTime(service);
    await receiver.close();
  });
});

it('of the SDK nothing is loaded without an endpoint', async () => {
  const coverage = await mkdtemp(join(tmpdir(), 'snapback-test-loaded-'));
  // Node writes there which modules it had when it ends.
  const loadedWith = async (env: NodeJS.ProcessEnv) => {
    const service = await startServiceProcess({ ...setting.env, ROLE: 'api', NODE_V8_COVERAGE: coverage, ...env });
    expect(await service.terminate()).toEqual({ code: 0, signal: null });
    const files = await readdir(coverage);
    const texts = await Promise.all(files.map((file) => readFile(join(coverage, file), 'utf8')));
    await Promise.all(files.map((file) => rm(join(coverage, file))));
    return new Set([...texts.join().matchAll(/\/@opentelemetry\/([\w-]+)\//g)].map(([, name]) => name));
  };
  try {
    expect([...(await loadedWith({}))]).toEqual(['api']);
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    expect(await loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toContain('sdk-trace');
  } finally {
    await rm(coverage, { recursive: true });
  }
}, 90_000);

/** As fast as it is read. */
function flood(response: ServerResponse): void {
  response.writeHead(200);
  const pour = () => {
    while (!response.destroyed && response.write(PIECE));
  };
  response.on('drain', pour);
  pour();
}
