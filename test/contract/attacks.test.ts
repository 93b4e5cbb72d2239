import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { query } from '../harness/database.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Ask } from './ask.js';
import { rawRequest } from './raw-request.js';

let service: TestService;
let ask: Ask;
let projectId: string;
let environments: string;

beforeAll(async () => {
  service = await startTestService({ FILESTORE_ROOTS: '/' });
  ask = asker(service.url, testToken());
  const { body } = await ask('POST', '/api/v1/projects', { json: { name: 'target' } });
  projectId = (body as { id: string }).id;
  environments = `/api/v1/projects/${projectId}/environments`;
});
afterAll(() => service.stop());

let created = 0;
/** Each at a place of its own. */
const create = (changes: object) =>
  ask('POST', `${environments}?check=false`, {
    json: { name: 'shop', type: 'staging', filestorePath: `/srv/shop-${(created += 1)}`, ...changes },
  });
const sendJson = (method: string, path: string, body: BodyInit) =>
  ask(method, path, { body, headers: { 'content-type': 'application/json' } });

describe('JSON that is meant to hurt', () => {
  it.each([
    ['arrays in arrays', (depth: number) => '['.repeat(depth) + ']'.repeat(depth)],
    ['objects in objects', (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)],
  ])('%s, as deep as a body can hold, are refused', async (_, nested) => {
    const deep = nested(15_000);
    for (const body of [
      deep,
      `{"name":${deep}}`,
      `{"name":"x","type":"staging","filestorePath":"/srv/x","labels":${deep}}`,
    ]) {
      const { status } = await sendJson('POST', environments, body);
      expect(status).toBe(422);
    }
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'the property %s is one that nobody knows, wherever it stands',
    async (name) => {
      const inside = `{${JSON.stringify(name)}:{"polluted":true}}`;
      const whole = inside.replace('{"', '{"name":"x","type":"staging","filestorePath":"/srv/x","');
      for (const body of [inside, whole]) {
        const { status, problem } = await sendJson('POST', environments, body);
        expect(status).toBe(422);
        expect(problem.errors?.map(({ field }) => field)).toContain(name);
      }
      const inLabels = await create({ labels: JSON.parse(`{"${name}":{"polluted":true}}`) as object });
      expect(inLabels.status).toBe(422);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  it.each(['1e400', '-1e400', '1e22', '9007199254740993', '5432.000000000000000001', '0.5', '-0', '00', '0x10'])(
    'the number %s is one that is allowed, or is refused',
    async (number) => {
      const { status } = await sendJson(
        'PATCH',
        `/api/v1/environments/${projectId}/snapshot-settings`,
        `{"maxPinned":${number}}`,
      );
      // There is no such environment: whoever comes that far has passed.
      expect([400, 404, 422]).toContain(status);
    },
  );

  it.each([
    ['properties', (many: object) => many],
    ['labels', (many: object) => ({ name: 'x', type: 'staging', filestorePath: '/srv/x', labels: many })],
    ['properties of a database', (many: object) => ({ name: 'x', type: 'staging', database: many })],
  ])('as many wrong %s as a body can hold are refused at once', async (_, body) => {
    const many = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`!${index}`, 1]));
    const startedAt = performance.now();
    const { status, problem } = await ask('POST', environments, { json: body(many) });
    expect(status).toBe(422);
    expect(problem.errors?.length).toBeLessThanOrEqual(20);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it.each(['name', 'filestorePath', 'pool', 'neutralizeSql'])(
    'a %s made to keep a pattern busy is refused at once',
    async (name) => {
      for (const text of [
        'a'.repeat(90_000) + '\u0000',
        '/..'.repeat(30_000),
        `${' '.repeat(90_000)}x `,
        '-'.repeat(90_000),
      ]) {
        const startedAt = performance.now();
        const { status } = await create({ [name]: text });
        expect(status).toBe(422);
        const database = { kind: 'connection', host: text, database: 'x', user: 'x' };
        expect((await create({ database })).status).toBe(422);
        expect((await create({ database: { kind: 'file', file: text } })).status).toBe(422);
        expect(performance.now() - startedAt).toBeLessThan(5000);
      }
    },
  );

  it('a property that stands twice counts once', async () => {
    const { status, body } = await sendJson('POST', '/api/v1/projects', '{"name":"first","name":"second"}');
    expect([status, (body as { name: string }).name]).toEqual([201, 'second']);
  });

  it('bytes that are no UTF-8 and a mark of the byte order do no harm', async () => {
    const broken = Buffer.concat([Buffer.from('{"name":"broken '), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')]);
    expect((await sendJson('POST', '/api/v1/projects', broken)).status).toBeLessThan(500);
    expect((await sendJson('POST', '/api/v1/projects', '\ufeff{"name":"marked"}')).status).toBeLessThan(500);
  });
});

describe('text', () => {
  it.each([
    ['SQL', `'); DROP TABLE projects; --`],
    ['SQL in a comment', `"; SELECT pg_sleep(10); /*`],
    ['parameters', '$1 :name %s ? \\'],
    ['HTML', '<script>alert(1)</script>'],
    ['letters of many scripts', 'Ünïcödé 日本語 עברית 🙂‍↔️'],
    ['what turns the direction', 'abc\u202egnp.exe'],
    ['what is drawn on its neighbours', 'Z\u0351\u036f\u0334a\u0315'],
    ['a name of an object', '[object Object]'],
    ['the word null', 'null'],
    ['a path', '../../../etc/passwd'],
    ['a template', '${process.env.JWT_SECRET} {{7*7}}'],
  ])('of %s comes back as it went in', async (what, text) => {
    const project = await ask('POST', '/api/v1/projects', { json: { name: text, description: text } });
    expect(project).toMatchObject({ status: 201, body: { name: text, description: text } });
    const database = { kind: 'connection', host: 'db.internal', database: text, user: text, password: text };
    const places = { filestorePath: `/srv/${what}/x`, database, neutralizeSql: text };
    const { status, body } = await create({ name: text, labels: { text }, ...places });
    expect(status).toBe(201);
    const { id } = body as { id: string };
    const viewed = await ask('GET', `${environments}/${id}`);
    expect(viewed.body).toMatchObject({ name: text, labels: { text }, neutralizeSql: text });
    const again = await create({ name: text });
    expect([again.status, again.problem.detail]).toEqual([409, expect.stringContaining(text)]);
    expect((await ask('GET', `/api/v1/projects/${(project.body as { id: string }).id}`)).status).toBe(200);
  });

  it('that has to be cut is not cut through a character', async () => {
    const environmentId = ((await create({ name: 'cut', pool: 'nobody' })).body as { id: string }).id;
    const path = `/api/v1/environments/${environmentId}`;
    const { status } = await ask('POST', `${path}/deployments`, { json: { version: '🙂'.repeat(200) } });
    expect(status).toBe(201);
    const { body } = await ask('GET', `${path}/snapshots`);
    const [snapshot] = (body as { items: { label: string }[] }).items;
    expect(snapshot!.label).toMatch(/^before (🙂)+$/u);
  });

  it('that is not well-formed is refused or mended, never stored by half', async () => {
    const half = '\ud83d';
    const attempts = [
      await create({ name: `half ${half}` }),
      await create({ name: 'labels', labels: { half } }),
      await create({ name: 'user', database: { kind: 'connection', host: 'db', database: 'x', user: half } }),
      await create({ name: 'file', database: { kind: 'file', file: half } }),
      await create({ name: 'path', filestorePath: `/srv/${half}` }),
      await create({ name: 'sql', neutralizeSql: half }),
      await create({
        name: 'password',
        database: { kind: 'connection', host: 'db', database: 'x', user: 'x', password: half },
      }),
    ];
    for (const { status, body } of attempts) {
      expect([201, 422]).toContain(status);
      expect(JSON.stringify(body)).not.toContain('\\ud83d');
    }
  });
});

describe('paths', () => {
  it.each([
    '/api/v1/projects/..%2f..%2fetc%2fpasswd',
    '/api/v1/projects/%00',
    '/api/v1/projects/%2e%2e',
    '/api/v1/projects/%F0%9F%99%82',
    "/api/v1/projects/'%20OR%201=1",
    `/api/v1/projects/${'a'.repeat(5000)}`,
  ])('%s names no project', async (path) => {
    const { status } = await ask('GET', path);
    expect([404, 422]).toContain(status);
  });

  it('an id with something after it is no id', async () => {
    for (const after of ['%00', '%0a', '%20', "'", '%2f', ';', '.json']) {
      expect((await ask('GET', `/api/v1/projects/${projectId}${after}`)).status).toBe(422);
    }
  });

  it.each([
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs/..%5c..%5cpackage.json',
    '/docs/%00',
    '/docs/%c0%ae%c0%ae/package.json',
    '/docs//etc/passwd',
    '/docs/.git/config',
    '/package.json',
    '/.env',
    '/openapi.yaml/..%2fpackage.json',
    '/api/v1/../../package.json',
    'http://evil.example/api/v1/nothing',
    '//etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/api/v1',
    '/api',
    '/api/v2/projects',
  ])('%s leads nowhere', async (path) => {
    const answer = await rawRequest(service.url, `GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', '');
    expect([answer.status, answer.problem.code]).toEqual([404, 'not-found']);
  });
});

describe('methods', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'PROPFIND', 'LOCK', 'PURGE'])(
    '%s where there is none is 405, whoever asks',
    async (method) => {
      const { status, problem } = await asker(service.url, null)(method, '/api/v1/projects');
      expect([status, problem.code, problem.detail]).toEqual([
        405,
        'method-not-allowed',
        `/api/v1/projects has no ${method}; it has GET, HEAD, POST.`,
      ]);
    },
  );

  it('HEAD is answered like GET, without a body, and needs the same token', async () => {
    expect(await ask('HEAD', '/api/v1/projects')).toMatchObject({ status: 200, body: undefined });
    expect((await asker(service.url, null)('HEAD', '/api/v1/projects')).status).toBe(401);
    expect((await asker(service.url, testToken({ permissions: [] }))('HEAD', '/api/v1/projects')).status).toBe(403);
    expect((await ask('HEAD', '/api/v1/projects?limit=0')).status).toBe(422);
    expect((await ask('HEAD', '/docs')).status).toBe(200);
  });

  it('OPTIONS tells nobody anything, and lets no other site in', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'DELETE' };
    for (const path of ['/api/v1/projects', `/api/v1/projects/${projectId}`, '/nowhere']) {
      const answer = await asker(service.url, null)('OPTIONS', path, { headers });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(answer.status).toBeLessThan(500);
    }
  });

  it.each(['x-http-method-override', 'x-http-method', 'x-method-override'])('%s does not count', async (name) => {
    const { status } = await ask('POST', `/api/v1/projects?_method=DELETE`, {
      json: { name: 'x' },
      headers: { [name]: 'DELETE' },
    });
    expect(status).toBe(422);
    expect((await ask('GET', `/api/v1/projects/${projectId}`, { headers: { [name]: 'DELETE' } })).status).toBe(200);
    expect((await ask('GET', `/api/v1/projects/${projectId}`)).status).toBe(200);
  });
});

describe('headers', () => {
  const send = (...lines: string[]) =>
    rawRequest(
      service.url,
      `POST /api/v1/environments/${projectId}/snapshots HTTP/1.1`,
      'Host: localhost',
      'Connection: close',
      ...lines,
      '',
    );
  const bearer = `Authorization: Bearer ${testToken()}`;

  it('that come twice are refused, or one of them counts', async () => {
    const keys = await send(bearer, 'Idempotency-Key: one', 'Idempotency-Key: two');
    expect([keys.status, keys.problem.errors?.[0]?.field]).toEqual([422, 'Idempotency-Key']);
    expect((await send('Authorization: Bearer rubbish', bearer)).status).toBe(401);
    expect((await send(`Authorization: Bearer rubbish, Bearer ${testToken()}`)).status).toBe(401);
  });

  it.each([
    ['an empty token', 'Authorization: Bearer '],
    ['a token in a parameter', 'X-Access-Token: x'],
    ['a token after another word', `Authorization: Basic ${testToken()}`],
    ['a token with a NUL', 'Authorization: Bearer a%00b'],
    ['a token of 12,000 characters', `Authorization: Bearer ${'a'.repeat(12_000)}`],
    ['a token of many parts', `Authorization: Bearer ${'a.'.repeat(3000)}`],
  ])('with %s are 401', async (_, line) => {
    expect((await send(line)).status).toBe(401);
  });

  it.each([
    ['too many bytes', `X-Long: ${'a'.repeat(20_000)}`, 431],
    ['a length that is none', 'Content-Length: -1', 400],
    ['a length and pieces', 'Content-Length: 5\r\nTransfer-Encoding: chunked', 400],
    ['an unknown encoding', 'Transfer-Encoding: gzip', 400],
    ['a line that is none', 'no colon here', 400],
  ])('with %s never reach the service', async (_, line, status) => {
    expect((await send(bearer, line)).status).toBe(status);
  });

  it('that name another host or address change nothing', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '127.0.0.1', 'x-original-url': '/docs' };
    const { status, body } = await ask('GET', `/api/v1/projects/${projectId}`, { headers });
    expect([status, (body as { id: string }).id]).toEqual([200, projectId]);
    expect(JSON.stringify((await ask('GET', '/api/v1/nothing', { headers })).body)).not.toContain('evil');
  });

  it('do not say what the service is made of', async () => {
    const { headers } = await ask('GET', `/api/v1/projects/${projectId}`);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  });
});

describe('many requests at once', () => {
  it('are answered while many watch, and all who watch see the end', async () => {
    const environmentId = ((await create({ name: 'watched', pool: 'nobody' })).body as { id: string }).id;
    const snapshots = `/api/v1/environments/${environmentId}/snapshots`;
    const snapshot = `${snapshots}/${((await ask('POST', snapshots)).body as { id: string }).id}`;
    const headers = { authorization: `Bearer ${testToken()}` };
    const streams = Array.from({ length: 60 }, () => fetch(`${service.url}${snapshot}/progress`, { headers }));
    const texts = (await Promise.all(streams)).map((response) => response.text());
    expect((await ask('HEAD', `${snapshot}/progress`)).status).toBe(200);
    expect((await ask('GET', snapshots)).status).toBe(200);
    expect((await ask('POST', `${snapshot}/cancel`)).status).toBe(202);
    const ended = (await Promise.all(texts)).filter((text) => text.includes('"status":"cancelled"'));
    expect(ended).toHaveLength(60);
  });

  it('are all answered, good and bad ones mixed', async () => {
    const good = Array.from({ length: 60 }, () => ask('GET', '/api/v1/projects'));
    const bad = Array.from({ length: 60 }, (_, index) => ask('GET', `/api/v1/projects?limit=${index + 101}`));
    expect(new Set((await Promise.all(good)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set((await Promise.all(bad)).map(({ status }) => status))).toEqual(new Set([422]));
  });

  it('that are given up half-way do no harm', async () => {
    const attempts = Array.from({ length: 30 }, (_, index) =>
      fetch(`${service.url}/api/v1/projects`, {
        method: 'POST',
        headers: { authorization: `Bearer ${testToken()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: `given up ${index}` }),
        signal: AbortSignal.timeout(index),
      }).catch(() => undefined),
    );
    await Promise.all(attempts);
    expect((await ask('GET', '/api/v1/health/ready')).status).toBe(200);
  });
});

describe('after all of that', () => {
  it('everything is still there', async () => {
    const tables = await query<{ name: string }>(
      service.database,
      `SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['projects', 'environments', 'snapshots']));
    expect((await ask('GET', `/api/v1/projects/${projectId}`)).status).toBe(200);
  });
});
