import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import { rawRequest } from './raw-request.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NOBODY = '0a570000-0000-4000-8000-000000000000';

let setting: ServiceSetting;
let service: ServiceProcess;
let url: string;

/** Of the log. In a process of its own: several services in one share a logger. */
const lines = () => service.logged() as Record<string, unknown>[];

beforeAll(async () => {
  setting = await createServiceSetting({ RATE_LIMIT_ADDRESS: '5', TRUST_PROXY: 'loopback' });
  service = await startServiceProcess(setting.env);
  url = service.url;
});
afterAll(async () => {
  await service.terminate();
  await setting.remove();
});

const known = () => asker(url, testToken({ subject: 'ann' }));
const nobody = () => asker(url, null);

describe('the id of a request', () => {
  it.each<[string, number, () => ReturnType<ReturnType<typeof asker>>]>([
    ['an answer', 200, () => known()('GET', '/api/v1/projects')],
    ['a refused token', 401, () => nobody()('GET', '/api/v1/projects')],
    ['a missing permission', 403, () => asker(url, testToken({ permissions: [] }))('GET', '/api/v1/projects')],
    ['a foreign organization', 403, () => asker(url, testToken({ organization: 'rival' }))('GET', '/api/v1/projects')],
    ['what is not there', 404, () => known()('GET', `/api/v1/projects/${NOBODY}`)],
    ['a path that is not there', 404, () => known()('GET', '/api/v1/nothing')],
    ['a path beside the API', 404, () => known()('GET', '/nothing')],
    ['a path that cannot be decoded', 404, () => known()('GET', '/api/v1/projects/%zz')],
    ['a method that is not there', 405, () => known()('DELETE', '/api/v1/projects')],
    ['a body that is none', 422, () => known()('POST', '/api/v1/projects', { json: {} })],
    [
      'a body that is no JSON',
      400,
      () => known()('POST', '/api/v1/projects', { body: '{', headers: { 'content-type': 'application/json' } }),
    ],
    ['health', 200, () => nobody()('GET', '/api/v1/health/live')],
    ['the contract', 200, () => nobody()('GET', '/openapi.json')],
  ])('stands in %s', async (_, status, send) => {
    const answer = await send();
    const id = answer.headers.get('x-request-id');
    expect([answer.status, id]).toEqual([status, expect.stringMatching(UUID)]);
    expect(answer.problem.requestId).toBe(status >= 400 ? id : undefined);
  });

  it('stands in the answer to a flood', async () => {
    const answers = [];
    for (let n = 0; n < 8; n += 1) answers.push(await nobody()('GET', '/openapi.yaml'));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers, problem } of refused) expect(headers.get('x-request-id')).toBe(problem.requestId);
  });

  it('stands in the answer to what is no request', async () => {
    for (const wrong of [
      ['rubbish', ''],
      ['GET / HTTP/1.1', 'Host: x', `X-Long: ${'a'.repeat(20_000)}`, ''],
    ]) {
      const { headers, problem } = await rawRequest(url, ...wrong);
      expect(headers.get('x-request-id')).toMatch(UUID);
      expect(problem.requestId).toBe(headers.get('x-request-id'));
    }
    const { headers, problem } = await rawRequest(url, 'GET /api/v1/projects HTTP/1.1', 'X-Request-Id: mine', '');
    expect([headers.get('x-request-id'), problem.requestId]).toEqual(['mine', 'mine']);
  });

  it('is the one that was sent, and another one for what is none', async () => {
    const ask = (id: string) => known()('GET', '/api/v1/projects', { headers: { 'x-request-id': id } });
    expect((await ask('Root=1-2/deploy:4711')).headers.get('x-request-id')).toBe('Root=1-2/deploy:4711');
    for (const wrong of ['two words', 'x'.repeat(129), '<script>', 'a, b']) {
      const { status, headers } = await ask(wrong);
      expect([status, headers.get('x-request-id')]).toEqual([200, expect.stringMatching(UUID)]);
    }
    const twice = await rawRequest(
      url,
      ...['GET /api/v1/health/live HTTP/1.1', 'Host: x', 'X-Request-Id: a', 'X-Request-Id: b', 'Connection: close', ''],
    );
    expect(twice.headers.get('x-request-id')).toMatch(UUID);
  });
});

describe('the log', () => {
  it('has it in every line of a request, with who asked for what', async () => {
    const headers = { 'x-request-id': 'look-for-me', 'x-forwarded-for': '192.0.2.9' };
    await known()('GET', `/api/v1/projects/${NOBODY}`, { headers });
    const own = () => lines().filter(({ requestId }) => requestId === 'look-for-me');
    await expect.poll(() => own().length, { timeout: 5_000 }).toBeGreaterThan(0);
    const about = { caller: 'ann', organization: 'acme', operation: 'projectView' };
    for (const line of own())
      expect(line).toMatchObject({ ...about, req: { id: 'look-for-me', address: '192.0.2.9' } });
    expect(own().at(-1)).toMatchObject({ msg: 'request completed', res: { statusCode: 404 } });
    const ids = lines()
      .filter(({ msg }) => msg === 'request completed')
      .map(({ req }) => (req as { id: string }).id);
    expect(
      lines()
        .filter(({ msg }) => msg === 'request completed')
        .map(({ requestId }) => requestId),
    ).toEqual(ids);
  });

  it('says of a job who asked for it, what it is about, and how it ended', async () => {
    const made = async (path: string, json: object) =>
      ((await known()('POST', path, { json })).body as { id: string }).id;
    const projectId = await made('/api/v1/projects', { name: 'shop' });
    const nowhere = { kind: 'connection', host: '127.0.0.1', port: 1, database: 'shop', user: 'shop' };
    const environment = { name: 'staging', type: 'staging', database: nowhere };
    const environmentId = await made(`/api/v1/projects/${projectId}/environments?check=false`, environment);
    const snapshotId = await made(`/api/v1/environments/${environmentId}/snapshots`, {});
    const own = () => lines().filter((line) => line['snapshotId'] === snapshotId && line['context'] === 'JobWorker');
    await expect.poll(() => own().length, { timeout: 20_000 }).toBe(2);
    const about = { job: 'snapshot.capture', requestedBy: 'ann', environmentId };
    expect(own()).toMatchObject([
      { ...about, msg: 'A job begins.' },
      {
        ...about,
        msg: 'A job has ended.',
        outcome: 'failed',
        durationMs: expect.any(Number),
        bytes: 0,
        failure: expect.stringMatching(/^database-[\w-]+: /),
      },
    ]);
  });

  it('has nothing of a request in the lines of jobs', () => {
    const ours = lines().filter(({ context }) => context === 'JobWorker' || context === 'Keeper');
    expect(ours.filter(({ requestId }) => requestId !== undefined)).toEqual([]);
  });
});
