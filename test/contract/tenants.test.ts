import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Answer, Ask } from './ask.js';
import { startWorlds } from './world.js';
import type { World, Worlds } from './world.js';

let worlds: Worlds;
let service: Worlds['service'];
let world: World;
/** Of the same organization, in another project. */
let neighbour: World;
/** Of another organization. */
let stranger: World;

const as = (claims: Parameters<typeof testToken>[0]): Ask => asker(service.url, testToken(claims));

beforeAll(async () => {
  worlds = await startWorlds();
  ({ service, world, neighbour, stranger } = worlds);
});
afterAll(() => worlds.stop());

// Each operation with an id in its path: see permission-matrix.test.ts.
describe('what belongs to somebody else does not exist', () => {
  const outsiders: [string, Parameters<typeof testToken>[0]][] = [
    ['another organization', { organization: 'rival' }],
    ['the same name in other letters', { organization: 'Acme' }],
    ['a token limited to another project', { projects: [randomUUID()] }],
    ['a token limited to no project', { projects: [] }],
    ['a token limited to something that is no project', { projects: ['*', '%', ''] }],
  ];

  it.each(outsiders)('for %s: lists hold nothing of it', async (_, claims) => {
    const { body } = await as(claims)('GET', '/api/v1/projects?limit=100');
    expect(JSON.stringify(body)).not.toContain(world.project.id);
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
