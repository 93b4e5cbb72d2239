import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/auth/permission.js';
import { Contract } from '../../src/contract/contract.js';
import type { Operation } from '../../src/contract/operation.js';
import { startServiceOf } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Answer, Ask } from './ask.js';
import { idsIn, pathOf, WorkingRequests } from './working-requests.js';
import { createWorld } from './world.js';
import type { World } from './world.js';

const contract = Contract.load();
const operations = [...contract.operations.values()];
const named = (chosen: Operation[]) => chosen.map((operation) => [operation.id, operation] as const);
const withToken = operations.filter(({ permissions }) => permissions.length > 0);
const withId = withToken.filter(({ path }) => path.includes('{'));

let service: Awaited<ReturnType<typeof startServiceOf>>;
let world: World;
/** Of the same organization; what is tried with success is tried here. */
let neighbour: World;
/** Of another organization. */
let stranger: World;
let requests: WorkingRequests;
let before: Record<string, unknown>;

const as = (claims: Parameters<typeof testToken>[0]): Ask => asker(service.url, testToken(claims));

beforeAll(async () => {
  service = await startServiceOf(['acme', 'rival']);
  const { rootOf } = service;
  [world, neighbour, stranger] = await Promise.all([
    createWorld(service.client(), rootOf('acme')),
    createWorld(service.client(), rootOf('acme')),
    createWorld(service.client({ organization: 'rival' }), rootOf('rival')),
  ]);
  requests = new WorkingRequests(contract, neighbour, as({}));
  before = await everything();
});
afterAll(async () => {
  await service.stop();
  await Promise.all([world, neighbour, stranger].map(({ database }) => database.drop()));
});

/** Sends what would work, were it sent by the owner: on the world itself. */
async function attempt(ask: Ask, operation: Operation): Promise<Answer> {
  const { query, body } = await requests.for(operation);
  const path = pathOf(operation, idsIn(world, operation));
  const json = operation.id.startsWith('rollback') && operation.body ? { snapshotId: world.snapshotId } : body;
  return ask(operation.method.toUpperCase(), `${path}?${new URLSearchParams(query)}`, { json });
}

/** All that the owner sees of the world; estimates and plans are different each time. */
async function everything(): Promise<Record<string, unknown>> {
  const views = withId.filter(({ id, method }) => method === 'get' && !/Progress$|Plan$|Estimate$/.test(id));
  const seen = views.map(async (operation) => {
    const { status, body } = await as({})('GET', pathOf(operation, idsIn(world, operation)));
    expect(status).toBe(200);
    return [operation.id, body] as const;
  });
  return Object.fromEntries(await Promise.all(seen));
}

describe('without a token', () => {
  it.each(named(withToken))('%s is 401', async (_, operation) => {
    const { status, problem } = await attempt(asker(service.url, null), operation);
    expect([status, problem.code]).toEqual([401, 'unauthenticated']);
  });

  it.each(named(operations.filter((operation) => !withToken.includes(operation))))('%s works', async (_, operation) => {
    expect((await attempt(asker(service.url, null), operation)).status).toBe(200);
  });

  it.each(['/docs', '/docs-json', '/openapi.yaml', '/openapi.json'])('%s can be read', async (path) => {
    expect((await asker(service.url, null)('GET', path)).status).toBe(200);
  });
});

describe('without the permission', () => {
  it.each(named(withToken))('%s is 403 that names it', async (_, operation) => {
    const [needed] = operation.permissions;
    const others = PERMISSIONS.filter((permission) => permission !== needed);
    const { status, problem } = await attempt(as({ permissions: others }), operation);
    expect([status, problem.code]).toEqual([403, 'permission-missing']);
    expect(problem.detail).toContain(needed);
  });

  it.each(named(withToken))('%s needs no other one', async (_, operation) => {
    const permissions = PERMISSIONS.filter((permission) => operation.permissions.includes(permission));
    const { path, query, body } = await requests.for(operation);
    const ask = as({ permissions });
    const answer = await ask(operation.method.toUpperCase(), `${path}?${new URLSearchParams(query)}`, { json: body });
    expect(answer.status).toBeLessThan(operation.id === 'rollbackUndo' ? 410 : 300);
  });
});

describe('what belongs to somebody else does not exist', () => {
  const outsiders: [string, Parameters<typeof testToken>[0]][] = [
    ['another organization', { organization: 'rival' }],
    ['the same name in other letters', { organization: 'Acme' }],
    ['a token limited to another project', { projects: [randomUUID()] }],
    ['a token limited to no project', { projects: [] }],
    ['a token limited to something that is no project', { projects: ['*', '%', ''] }],
  ];

  describe.each(outsiders)('for %s', (_, claims) => {
    it.each(named(withId))('%s is 404', async (_, operation) => {
      const { status, problem } = await attempt(as(claims), operation);
      expect([status, problem.code]).toEqual([404, 'not-found']);
    });

    it('lists hold nothing of it', async () => {
      const { body } = await as(claims)('GET', '/api/v1/projects?limit=100');
      expect(JSON.stringify(body)).not.toContain(world.project.id);
    });
  });

  it('and it has not changed by all of that', async () => {
    expect(await everything()).toEqual(before);
  });

  it('a refusal tells nobody whether there is such a thing', async () => {
    const path = `/api/v1/projects/${world.project.id}`;
    const [there, nowhere] = await Promise.all([
      as({ organization: 'rival' })('GET', path),
      as({ organization: 'rival' })('GET', `/api/v1/projects/${randomUUID()}`),
    ]);
    const plain = (answer: Answer) => ({ ...answer.problem, detail: '', instance: '', requestId: '' });
    expect(plain(there)).toEqual(plain(nowhere));
    expect(there.problem.detail?.replace(world.project.id, '')).toMatch(/^There is no project {2}that you may see\.$/);
  });

  it.each(['\ud800', 'acme\ud800', ' acme\u0000', '', 'a'.repeat(201)])(
    'an organization that cannot be stored as it is called has no token: %j',
    async (organization) => {
      const { status, problem } = await as({ organization })('GET', '/api/v1/projects');
      expect([status, problem.code]).toEqual([401, 'unauthenticated']);
    },
  );

  it('a token limited to its project does reach it, also by an id in capitals', async () => {
    const ask = as({ projects: [world.project.id.toUpperCase()] });
    expect((await ask('GET', `/api/v1/projects/${world.project.id}`)).status).toBe(200);
    const { body } = await ask('GET', '/api/v1/projects');
    expect(body).toMatchObject({ total: 1, items: [{ id: world.project.id }] });
  });

  it('a token limited to some projects cannot create one that it would not see', async () => {
    const { status, problem } = await as({ projects: [world.project.id] })('POST', '/api/v1/projects', {
      json: { name: 'more' },
    });
    expect([status, problem.code]).toEqual([403, 'permission-missing']);
  });
});

describe('ids that do not belong together', () => {
  const ask: Ask = (...request) => as({})(...request);
  const inEnvironment = withId.filter(({ path }) => path.includes('{environmentId}') && path.includes('{snapshotId}'));
  const inProject = withId.filter(({ path }) => path.includes('{projectId}') && path.includes('{environmentId}'));

  it.each(named(inEnvironment))("%s finds no snapshot under another environment's path", async (_, operation) => {
    for (const environment of [neighbour.environment, stranger.environment]) {
      const path = pathOf(operation, { environmentId: environment.id, snapshotId: world.snapshotId });
      const { status } = await ask(operation.method.toUpperCase(), path, { json: operation.body ? {} : undefined });
      expect(status).toBe(404);
    }
  });

  it.each(named(inProject))("%s finds no environment under another project's path", async (_, operation) => {
    const { query, body } = await requests.for(operation);
    for (const { project } of [neighbour, stranger]) {
      const path = pathOf(operation, { projectId: project.id, environmentId: world.environment.id });
      const { status } = await ask(operation.method.toUpperCase(), `${path}?${new URLSearchParams(query)}`, {
        json: body,
      });
      expect(status).toBe(404);
    }
  });

  describe.each(['rollback', 'rollback/plan'])('%s finds', (operation) => {
    const request = (json: object): Promise<Answer> =>
      ask('POST', `/api/v1/environments/${world.environment.id}/${operation}`, { json });

    it('no snapshot of another environment, project or tenant', async () => {
      for (const { snapshotId } of [neighbour, stranger, { snapshotId: randomUUID() }]) {
        const { status, problem } = await request({ snapshotId });
        expect(status).toBe(404);
        expect(problem.detail).toContain(`snapshot ${snapshotId}`);
      }
    });

    it('no target of another project or tenant', async () => {
      for (const { environment } of [neighbour, stranger, { environment: { id: randomUUID() } }]) {
        const { status, problem } = await request({
          snapshotId: world.snapshotId,
          targetEnvironmentId: environment.id,
        });
        expect(status).toBe(404);
        expect(problem.detail).toContain(`environment ${environment.id}`);
      }
    });
  });

  it('a deployment that is no rollback has none', async () => {
    const { id } = world.deployment;
    expect((await ask('GET', `/api/v1/deployments/${id}/rollback/progress`)).status).toBe(404);
    expect((await ask('POST', `/api/v1/deployments/${id}/rollback/undo`)).status).toBe(404);
    expect((await ask('GET', `/api/v1/deployments/${world.rollbackId}`)).body).toMatchObject({ kind: 'rollback' });
    const finish = { json: { outcome: 'succeeded' } };
    expect((await ask('POST', `/api/v1/deployments/${world.rollbackId}/finish`, finish)).status).toBe(404);
  });

  it('nothing that asked for the impossible has begun', async () => {
    const { body } = await ask('GET', `/api/v1/environments/${world.environment.id}/rollback-logs`);
    expect(body).toMatchObject({ items: [{ deploymentId: world.rollbackId }] });
  });
});
