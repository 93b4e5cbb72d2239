import { gzipSync } from 'node:zlib';
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public, Requires } from '../../../src/auth/access.decorators.js';
import { Contract } from '../../../src/contract/contract.js';
import { setupDocsUi } from '../../../src/docs-ui/setup-docs-ui.js';
import { errors } from '../../../src/errors/catalogue.js';
import { HealthController } from '../../../src/health/health.controller.js';
import { Readiness } from '../../../src/health/readiness.js';
import { startApp, type TestApp } from './app.js';
import { bearer, token } from './tokens.js';

const ID = '2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02';

/** What a handler does next time; the tests put their accidents here. */
let accident: (() => unknown) | undefined;

@Controller()
class Echo {
  @Get('projects/:projectId/environments')
  @Requires('environments:read')
  environmentList(@Param() path: object, @Query() query: object, @Headers() headers: object): object {
    accident?.();
    return { path, query, headers: { ...headers } };
  }

  @Post('projects/:projectId/environments')
  @Requires('environments:write')
  environmentCreate(@Body() body: object, @Query() query: object): object {
    return { body, query };
  }

  @Post('environments/:environmentId/snapshots')
  @HttpCode(202)
  @Requires('snapshots:write')
  snapshotCreate(@Body() body: object, @Headers() headers: object): object {
    return { body, headers: { ...headers } };
  }

  @Post('environments/:environmentId/snapshots/:snapshotId/cancel')
  @HttpCode(202)
  @Requires('snapshots:write')
  snapshotCancel(@Body() body: unknown): object {
    return { body: body ?? 'nothing' };
  }

  @Delete('projects/:projectId')
  @HttpCode(204)
  @Requires('environments:write')
  projectDelete(): void {
    throw errors.projectNotEmpty(2);
  }

  @Get('health/live')
  @Public()
  healthLive(): object {
    return {};
  }
}

describe('requests', () => {
  const contract = Contract.load();
  let service: TestApp;
  beforeAll(async () => {
    service = await startApp([Echo], {
      prepare: (app) => setupDocsUi(app, contract, { examples: () => ({ environmentId: ID }), isAtRoot: true }),
    });
  });
  afterAll(() => service.close());

  interface Asked {
    method?: string;
    headers?: Record<string, string>;
    body?: BodyInit;
    json?: unknown;
  }

  async function ask(path: string, { method, headers = {}, body, json }: Asked = {}) {
    const sent = json === undefined ? body : JSON.stringify(json);
    const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${service.url}/api/v1${path}`, {
      method: method ?? (sent === undefined ? 'GET' : 'POST'),
      headers: { ...bearer(token()), ...type, ...headers },
      body: sent,
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
  }

  describe('that fit', () => {
    it('reach the handler with the types and the defaults of the contract', async () => {
      const { status, body } = await ask(`/projects/${ID}/environments?limit=7`);
      expect(status).toBe(200);
      expect(body).toEqual({ path: { projectId: ID }, query: { limit: 7, offset: 0 }, headers: {} });
    });

    it('have the defaults of nested bodies', async () => {
      const database = { kind: 'connection', host: 'db', database: 'shop', user: 'shop' };
      const json = { name: 'production', type: 'production', database };
      const { body } = await ask(`/projects/${ID}/environments?check=false`, { json });
      expect(body).toEqual({
        body: {
          ...json,
          database: { ...database, port: 5432 },
          allowUnneutralized: false,
          onUnreadableFile: 'fail',
        },
        query: { check: false },
      });
    });

    it('take the defaults of the branch the value belongs to', async () => {
      const json = { name: 'production', type: 'production', database: { kind: 'variable', env: 'ENVIRONMENT_SHOP' } };
      const { body } = await ask(`/projects/${ID}/environments`, { json });
      expect(body.body.database).toEqual({ kind: 'variable', env: 'ENVIRONMENT_SHOP' });
    });

    it.each([
      ['no body', { method: 'POST' }],
      ['an empty object', { json: {} }],
      ['an empty body that claims to be JSON', { method: 'POST', headers: { 'content-type': 'application/json' } }],
    ])('may have %s where it is optional', async (_, asked) => {
      const { status, body } = await ask(`/environments/${ID}/snapshots`, asked);
      expect(status).toBe(202);
      expect(body.body).toEqual({ trigger: 'manual' });
    });

    it('have their declared headers, by their declared names, and no others', async () => {
      const headers = { 'idempotency-key': 'deploy-4711', 'x-other': 'x' };
      const { body } = await ask(`/environments/${ID}/snapshots`, { json: {}, headers });
      expect(body.headers).toEqual({ 'Idempotency-Key': 'deploy-4711' });
    });

    it('lose a body the operation does not take, whatever it is', async () => {
      const path = `/environments/${ID}/snapshots/${ID}/cancel`;
      const { status, body } = await ask(path, { body: '{broken', headers: { 'content-type': 'application/json' } });
      expect(status).toBe(202);
      expect(body).toEqual({ body: 'nothing' });
    });

    it('may be compressed', async () => {
      const headers = { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' };
      const { body } = await ask(`/environments/${ID}/snapshots`, { body: gzipSync('{"label":"é"}'), headers });
      expect(body.body).toEqual({ label: 'é', trigger: 'manual' });
    });
  });

  describe('that do not fit', () => {
    it.each([
      ['/projects/7/environments', 'projectId', 'must be a UUID'],
      [`/projects/${ID}/environments?limit=0`, 'limit', 'must be >= 1'],
      [`/projects/${ID}/environments?limit=101`, 'limit', 'must be <= 100'],
      [`/projects/${ID}/environments?limit=abc`, 'limit', 'must be an integer'],
      [`/projects/${ID}/environments?limit=1e1`, 'limit', 'must be an integer'],
      [`/projects/${ID}/environments?limit=`, 'limit', 'must be an integer'],
      [`/projects/${ID}/environments?limit=1&limit=2`, 'limit', 'must be given only once'],
      [`/projects/${ID}/environments?offset=99999999999999999999`, 'offset', 'must be an integer'],
      [`/projects/${ID}/environments?Limit=1`, 'Limit', 'is not a known property'],
      [`/projects/${ID}/environments?__proto__=1`, '__proto__', 'is not a known property'],
      ['/health/live?verbose=1', 'verbose', 'is not a known property'],
    ])('are refused: GET %s', async (path, field, message) => {
      const { status, body } = await ask(path);
      expect(status).toBe(422);
      expect(body).toMatchObject({ code: 'validation-failed', errors: [{ field, message }] });
    });

    it('name every field, at most 20, and repeat no value', async () => {
      const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`unknown${index}`, 'a-secret']));
      const { status, body } = await ask(`/projects/${ID}/environments`, { json: { name: 'a-secret\n', ...many } });
      expect(status).toBe(422);
      expect(body.errors).toHaveLength(20);
      expect(JSON.stringify(body)).not.toContain('a-secret');
    });

    it('are refused with a key that is no key', async () => {
      const { body } = await ask(`/environments/${ID}/snapshots`, {
        json: {},
        headers: { 'idempotency-key': 'two words' },
      });
      expect(body.errors[0].field).toBe('Idempotency-Key');
    });

    it.each([
      ['no body', { method: 'POST' }, 422, 'validation-failed'],
      [
        'a body that is not JSON',
        { body: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
        415,
        'unsupported-media-type',
      ],
      ['a body without a type', { body: Buffer.from('{}'), headers: {} }, 415, 'unsupported-media-type'],
      [
        'a charset that JSON does not have',
        { body: '{}', headers: { 'content-type': 'application/json; charset=latin1' } },
        415,
        'unsupported-media-type',
      ],
      [
        'a compression nobody knows',
        { body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'lzma' } },
        415,
        'unsupported-media-type',
      ],
      [
        'a compressed body that is cut off',
        {
          body: gzipSync('{"name":1}').subarray(0, 15),
          headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        },
        400,
        'malformed-json',
      ],
      [
        'a compressed body that is none',
        { body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
        400,
        'malformed-json',
      ],
      [
        'broken JSON',
        { body: '{"password":"hunter2"', headers: { 'content-type': 'application/json' } },
        400,
        'malformed-json',
      ],
      ['too large a body', { json: { name: 'x'.repeat(103_000) } }, 413, 'payload-too-large'],
      [
        'a small body that grows too large',
        {
          body: gzipSync(JSON.stringify({ name: 'x'.repeat(5_000_000) })),
          headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        },
        413,
        'payload-too-large',
      ],
      ['a bare number', { json: 5 }, 422, 'validation-failed'],
      ['null', { json: null }, 422, 'validation-failed'],
    ] as const)('are refused with %s', async (_, asked, status, code) => {
      const answer = await ask(`/projects/${ID}/environments`, asked as Asked);
      expect(answer.body).toMatchObject({ status, code });
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).not.toContain('hunter2');
    });

    it('are not even read without a token', async () => {
      const asked = { body: '{broken', headers: { authorization: '', 'content-type': 'text/plain' } };
      expect((await ask(`/projects/${ID}/environments`, asked)).status).toBe(401);
    });
  });

  describe('that go wrong', () => {
    afterAll(() => {
      accident = undefined;
    });

    it('answer with the problem, held against the contract', async () => {
      const { status, body, headers } = await ask(`/projects/${ID}`, { method: 'DELETE' });
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: 'project-not-empty', instance: `/api/v1/projects/${ID}` });
      const validate = contract.responseValidator('projectDelete', status, headers.get('content-type') ?? undefined);
      validate(body);
      expect(validate.errors).toBeNull();
    });

    it.each([
      ['an unknown cause', new Error('password=hunter2'), 500, 'internal-error'],
      ['something that is no error', 'hunter2', 500, 'internal-error'],
      [
        'a database that refuses',
        Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
        503,
        'service-unavailable',
      ],
    ])('say nothing of %s', async (_, thrown, status, code) => {
      accident = () => {
        throw thrown;
      };
      const { body } = await ask(`/projects/${ID}/environments?limit=5`);
      expect(body).toMatchObject({ status, code, instance: `/api/v1/projects/${ID}/environments` });
      expect(JSON.stringify(body)).not.toContain('hunter2');
    });

    it.each(['/api/v1/nothing', '/nothing', '/docs/nothing', '/api/v1/projects/%zz', '/%zz'])(
      'say that there is no operation %s',
      async (path) => {
        const response = await fetch(`${service.url}${path}?secret=1`, { method: 'GET', headers: bearer(token()) });
        expect(response.status).toBe(404);
        expect(response.headers.get('content-type')).toMatch('application/problem+json');
        const body = (await response.json()) as { detail: string };
        expect(body.detail).toBe(`There is no operation GET ${path}; the operations are listed under /docs.`);
      },
    );
  });

  describe('for the documentation', () => {
    it('find a page that loads nothing from elsewhere', async () => {
      const page = await (await fetch(`${service.url}/`)).text();
      expect(page).toContain('<title>Snapback API</title>');
      expect(page).not.toMatch(/(src|href)=["']?(https?:)?\/\//);
    });

    it('find ids that exist in its examples, and parameters at each operation', async () => {
      const document = (await (await fetch(`${service.url}/docs-json`)).json()) as typeof contract.document;
      expect(document.components.parameters?.EnvironmentId).toMatchObject({ example: ID });
      const item = document.paths['/api/v1/environments/{environmentId}/rollback'];
      expect(item?.parameters).toBeUndefined();
      expect(item?.post?.parameters?.[0]).toEqual({ $ref: '#/components/parameters/EnvironmentId' });
    });

    it('find the contract as it was written', async () => {
      expect(await (await fetch(`${service.url}/openapi.yaml`)).text()).toBe(contract.text);
      expect(await (await fetch(`${service.url}/openapi.json`)).json()).toEqual(contract.document);
    });
  });
});

describe('health', () => {
  const down = new Set<string>();
  const check = (name: string) => async (): Promise<void> => {
    if (down.has(name)) throw new Error(`${name}: password=hunter2`);
  };
  const readiness = new Readiness({ database: check('database'), vault: check('vault') }, { freshMs: 0 });
  let service: TestApp;
  beforeAll(async () => {
    service = await startApp([HealthController], { providers: [{ provide: Readiness, useValue: readiness }] });
  });
  afterAll(() => service.close());

  it('is alive', async () => {
    expect(await (await fetch(`${service.url}/api/v1/health/live`)).json()).toEqual({ status: 'ok', checks: {} });
  });

  it('is ready while everything answers', async () => {
    const response = await fetch(`${service.url}/api/v1/health/ready`);
    expect(await response.json()).toEqual({ status: 'ok', checks: { database: 'up', vault: 'up' } });
  });

  it('says what is down', async () => {
    down.add('database').add('vault');
    const response = await fetch(`${service.url}/api/v1/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      detail: 'Not ready: database and vault are down. Try again shortly.',
    });
  });
});
