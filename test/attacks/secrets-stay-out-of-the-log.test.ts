import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asker } from '../contract/ask.js';
import type { Ask } from '../contract/ask.js';
import { contents, contract, examplesOf, operations } from '../contract/contract-tree.js';
import { Canaries } from '../harness/canaries.js';
import { LogWatch, secretsFound } from '../harness/log-watch.js';
import { MARK } from '../harness/secret-mark.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting, startTestService } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';

/** Those that are known to hold secrets, some that look harmless, and some that nobody has heard of. Not `X-Request-Id`, which is for the log. */
const HEADERS = [
  ...['x-api-key', 'api-key', 'apikey', 'x-auth-token', 'x-access-token', 'x-csrf-token', 'x-amz-security-token'],
  ...['proxy-authorization', 'www-authenticate', 'authentication-info', 'cookie', 'cookie2', 'set-cookie', 'x-session'],
  ...['referer', 'origin', 'user-agent', 'accept', 'accept-language', 'accept-encoding', 'from', 'via', 'forwarded'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-uri', 'x-real-ip', 'x-original-url', 'x-correlation-id'],
  ...['traceparent', 'tracestate', 'baggage', 'x-hub-signature', 'x-goog-iap-jwt-assertion', 'cf-access-jwt-assertion'],
  ...['idempotency-key', 'last-event-id', 'if-none-match', 'if-modified-since', 'range', 'pragma', 'x-unheard-of'],
];

/** What the log does have of a request: the name of the program that sent it. */
const SPOKEN = { 'user-agent': `${MARK}/1` };

const canaries = new Canaries();
let setting: ServiceSetting;
let service: ServiceProcess;
let lines: string[];

beforeAll(async () => {
  setting = await createServiceSetting({ LOG_LEVEL: 'trace', TRUST_PROXY: 'loopback', CHECK_TIMEOUT_MS: '500' });
  service = await startServiceProcess({
    ...setting.env,
    ENVIRONMENT_REFERRED: `postgres://user:${canaries.plant('variable that is referred to')}@127.0.0.1:1/shop`,
    ENVIRONMENT_BROKEN: `postgres://user:${canaries.plant('variable that cannot be read')}@host:bad/shop`,
    ENVIRONMENT_OTHER: canaries.plant('variable that nobody refers to'),
    AWS_SECRET_ACCESS_KEY: canaries.plant('variable of another program'),
    UNHEARD_OF: canaries.plant('variable that nobody knows'),
  });
  const known = asker(service.url, testToken());
  await everywhere(known, 'of a caller');
  await everywhere(asker(service.url, null), 'of nobody');
  await everywhere(asker(service.url, canaries.plant('token that is none')), 'of somebody with junk');
  await tokens();
  await work(known);
  lines = await wholeLog(known);
}, 60_000);
afterAll(async () => {
  await service.terminate();
  await setting.remove();
});

/** Each operation with canaries in its path, query, headers and body. */
async function everywhere(ask: Ask, who: string): Promise<void> {
  for (const { id, requestBody } of operations) {
    const { method, path, parameters } = contract.operations.get(id)!;
    const headers = Object.fromEntries(HEADERS.map((name) => [name, canaries.plant(`header ${name} ${who}`)]));
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => canaries.plant(`${id} ${name} ${who}`));
    const query = [...Object.keys(parameters.query.properties), 'token', 'access_token', 'unheardOf'].map(
      (name) => `${name}=${canaries.plant(`${id} ?${name} ${who}`)}`,
    );
    const [example] = contents(requestBody).flatMap(([, content]) => examplesOf(content));
    const json = example === undefined ? undefined : canaries.plantIn(example, `${id} body ${who}`);
    await ask(method.toUpperCase(), `${filled}?${query.join('&')}`, { headers, json });
  }
  const paths = ['/', '/api/v1/', '/docs/', '/docs/swagger-ui/', '/openapi.yaml/', '/API/V1/projects/', '//'];
  for (const path of paths) {
    await ask('GET', `${path}${canaries.plant(`path ${path} ${who}`)}#${canaries.plant(`fragment ${who}`)}`);
    await ask('GET', `${path}%zz${canaries.plant(`path ${path} that cannot be decoded ${who}`)}`);
  }
}

/** What is called authorization, and is none or another one. */
async function tokens(): Promise<void> {
  const nobody = asker(service.url, null);
  for (const scheme of ['Basic', 'Digest', 'bearer', 'Token', '']) {
    const authorization = `${scheme} ${canaries.plant(`authorization by ${scheme}`)}`.trim();
    await nobody('GET', '/api/v1/projects', { headers: { authorization } });
  }
  const body = `{"password":"${canaries.plant('body that is no JSON')}"`;
  await asker(service.url, testToken())('POST', '/api/v1/projects', {
    body,
    headers: { 'content-type': 'application/json' },
  });
  const type = `${canaries.plant('type of a body')}/x`;
  await asker(service.url, testToken())('POST', '/api/v1/projects', { body, headers: { 'content-type': type } });
}

/**
 * Canaries that are accepted, and what comes of them: where databases are asked, and where work fails. Not where an
 * environment is: a worker's line about work that failed says which host, database, user, path or variable did not answer.
 */
async function work(ask: Ask): Promise<void> {
  const text = (place: string): string => canaries.plant(`accepted ${place}`);
  const project = await ask('POST', '/api/v1/projects', {
    json: { name: text('name'), description: text('description') },
  });
  const environments = `/api/v1/projects/${(project.body as { id: string }).id}/environments`;
  const databases = [
    { kind: 'connection', host: '127.0.0.1', port: 1, database: 'shop', user: 'shop', password: text('password') },
    { kind: 'connection', host: 'shop.invalid', database: 'shop', user: 'shop', password: text('password') },
    { kind: 'variable', env: 'ENVIRONMENT_REFERRED' },
    { kind: 'variable', env: 'ENVIRONMENT_BROKEN' },
    { kind: 'variable', env: 'ENVIRONMENT_NOT_SET' },
  ];
  for (const database of databases) {
    const json = {
      name: text('environment'),
      type: 'staging',
      database,
      labels: { label: text('label') },
      neutralizeSql: `SELECT '${text('SQL')}'`,
    };
    await ask('POST', environments, { json });
    const { status, body } = await ask('POST', `${environments}?check=false`, { json });
    if (status !== 201) continue;
    const environment = `/api/v1/environments/${(body as { id: string }).id}`;
    await ask('GET', `${environment}/snapshots/estimate`);
    const queued = await ask('POST', `${environment}/snapshots`, { json: { label: text('label of a snapshot') } });
    await ended(ask, `${environment}/snapshots/${(queued.body as { id: string }).id}`);
  }
}

async function ended(ask: Ask, path: string): Promise<void> {
  for (;;) {
    const { status } = (await ask('GET', path)).body as { status: string };
    if (status !== 'queued' && status !== 'running') return;
    await sleep(50);
  }
}

/** Everything up to the line of a last request. */
async function wholeLog(ask: Ask): Promise<string[]> {
  const last = '0a570000-0000-4000-8000-000000000000';
  await ask('GET', `/api/v1/projects/${last}`);
  while (!service.log().includes(last)) await sleep(20);
  return service.log().split('\n');
}

describe('the log', () => {
  it('has nothing of what stood in a header, a path, a query, a body or a variable', () => {
    expect(canaries.planted).toBeGreaterThan(1000);
    const found = new Set(lines.flatMap((line) => canaries.foundIn(line)));
    expect([...found]).toEqual([]);
  });

  it('says all the same who asked for what, and what came of it', () => {
    const requests = service.logged().filter(({ msg }) => msg === 'request completed');
    expect(requests.length).toBeGreaterThan(50);
    expect(JSON.stringify(requests.at(-1))).toMatch(/"method":"GET","url":"\/api\/v1\/projects\/0a570000-[^"]+"/);
    expect(JSON.stringify(requests.at(-1))).toContain('"statusCode":404');
    expect(service.log()).toContain('environment-unreachable');
  });
});

// Every service of every test is watched by `no-secret-in-a-log`. That it says nothing must mean that there is nothing.
describe('a test fails when the log of its service has a secret', () => {
  const token = testToken();
  const bytes = Buffer.from(`postgres://user:${MARK}@host/shop`);

  it.each([
    ['as it is', `{"msg":"${MARK}"}`],
    ['in capitals', MARK.toUpperCase()],
    ['percent-encoded', MARK.replaceAll(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)],
    ['percent-encoded in part', encodeURIComponent(`é ${MARK} é`).replace('z', '%7A')],
    ['in base64', Buffer.from(MARK).toString('base64')],
    ['in base64 of a longer text', `Basic ${bytes.toString('base64')}`],
    ['in base64 of another length before it', bytes.subarray(1).toString('base64')],
    ['in base64url of yet another', bytes.subarray(2).toString('base64url')],
    ['in hexadecimal digits', bytes.toString('hex')],
    ['as the bytes of a buffer', JSON.stringify({ key: bytes })],
    ['and it is a token', `Bearer ${token}`],
    ['and it is the head and claims of a token', token.split('.').slice(0, 2).join('.')],
  ])('%s', (_, text) => {
    new LogWatch().write(`before ${text} after\n`);
    expect(secretsFound()).toHaveLength(1);
    for (let at = 1; at < text.length; at++) {
      const inTwoPieces = new LogWatch();
      inTwoPieces.write(`before ${text.slice(0, at)}`);
      inTwoPieces.write(`${text.slice(at)} after\n`);
      expect([at, secretsFound().length > 0]).toEqual([at, true]);
    }
  });

  it('of a process of its own', async () => {
    await asker(service.url, token)('GET', '/api/v1/projects', { headers: SPOKEN });
    let found: string[] = [];
    while (found.length === 0) {
      await sleep(20);
      found = secretsFound();
    }
    expect(found.join()).toContain(`"user-agent":"${MARK}/1"`);
  });

  it('of this process', async () => {
    const inProcess = await startTestService();
    await asker(inProcess.url, token)('GET', '/api/v1/projects', { headers: SPOKEN });
    await inProcess.stop();
    expect(secretsFound().join()).toContain(`"user-agent":"${MARK}/1"`);
  });
});
