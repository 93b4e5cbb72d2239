import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import type { CountedProject } from '../../src/projects/project.dto.js';
import { someCaller, startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';

let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
});
afterAll(() => registry.close());

async function addEnvironment(caller: Caller, projectId: string, name = 'production') {
  const body = { name, type: 'production' as const, filestorePath: `/srv/${name}-${projectId}` };
  return registry.environments.create(caller, projectId, body, false);
}

const names = (projects: CountedProject[]) => projects.map(({ project }) => project.name);

describe('projects', () => {
  it('are listed by name, in pages, with how many environments each has', async () => {
    const caller = someCaller();
    for (const name of ['beta', 'alpha', 'gamma']) await registry.projects.create(caller, { name });
    const [, beta] = (await registry.projects.list(caller, {})).items;
    await addEnvironment(caller, beta!.project.id);
    await addEnvironment(caller, beta!.project.id, 'staging');

    const first = await registry.projects.list(caller, { limit: 2 });
    expect(names(first.items)).toEqual(['alpha', 'beta']);
    expect(first.items.map(({ environmentCount }) => environmentCount)).toEqual([0, 2]);
    expect(first).toMatchObject({ total: 3, totalIsLowerBound: false });
    const rest = await registry.projects.list(caller, { limit: 2, offset: 2 });
    expect(names(rest.items)).toEqual(['gamma']);
    const behind = await registry.projects.list(caller, { limit: 2, cursor: first.nextCursor! });
    expect(behind).toEqual(rest);
    const past = await registry.projects.list(caller, { limit: 2, offset: 10 });
    expect(past).toMatchObject({ items: [], total: 3, nextCursor: null });
  });

  it('have names that are unique in their organization only', async () => {
    const caller = someCaller();
    await registry.projects.create(caller, { name: 'shop' });
    await expect(registry.projects.create(caller, { name: 'shop' })).rejects.toMatchObject({
      code: 'name-taken',
      detail: 'There is already a project named shop; choose another name.',
    });
    await expect(registry.projects.create(someCaller(), { name: 'shop' })).resolves.toBeDefined();
  });

  it('are created once when many ask for the same name at once', async () => {
    const caller = someCaller();
    const attempts = Array.from({ length: 8 }, () => registry.projects.create(caller, { name: 'shop' }));
    const outcomes = await Promise.allSettled(attempts);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(Array(7).fill('name-taken'));
  });

  it('change only in what is given', async () => {
    const caller = someCaller();
    const { project } = await registry.projects.create(caller, { name: 'shop', description: 'The shop' });
    const renamed = await registry.projects.update(caller, project.id, { name: 'store' });
    expect(renamed.project).toMatchObject({ name: 'store', description: 'The shop', createdAt: project.createdAt });
    expect(renamed.project.updatedAt.getTime()).toBeGreaterThanOrEqual(project.updatedAt.getTime());
    const undescribed = await registry.projects.update(caller, project.id, { description: null });
    expect(undescribed.project).toMatchObject({ name: 'store', description: null });
  });

  it('cannot take the name of another', async () => {
    const caller = someCaller();
    await registry.projects.create(caller, { name: 'shop' });
    const { project } = await registry.projects.create(caller, { name: 'store' });
    const attempt = registry.projects.update(caller, project.id, { name: 'shop' });
    await expect(attempt).rejects.toMatchObject({ code: 'name-taken' });
  });

  it('are not deleted while they have environments, and the refusal says how many', async () => {
    const caller = someCaller();
    const { project } = await registry.projects.create(caller, { name: 'shop' });
    const { id } = await addEnvironment(caller, project.id);
    await addEnvironment(caller, project.id, 'staging');
    const attempt = registry.projects.delete(caller, project.id);
    await expect(attempt).rejects.toMatchObject({
      code: 'project-not-empty',
      detail: 'The project still has 2 environments; delete them first.',
    });
    await registry.environments.delete(caller, project.id, id, { deleteSnapshots: false });
    await expect(registry.projects.view(caller, project.id)).resolves.toMatchObject({ environmentCount: 1 });
  });

  it('are deleted, or get an environment, but not both at once', async () => {
    const caller = someCaller();
    for (let round = 0; round < 10; round += 1) {
      const { project } = await registry.projects.create(caller, { name: `shop ${round}` });
      const [deleted, added] = await Promise.allSettled([
        registry.projects.delete(caller, project.id),
        addEnvironment(caller, project.id),
      ]);
      expect(deleted.status).not.toBe(added.status);
      const refusal = deleted.status === 'rejected' ? deleted.reason : (added as PromiseRejectedResult).reason;
      expect(['project-not-empty', 'not-found']).toContain((refusal as { code: string }).code);
    }
  });
});

describe('what a caller does not see', () => {
  async function twoTenants() {
    const owner = someCaller();
    const { project } = await registry.projects.create(owner, { name: 'shop' });
    const environment = await addEnvironment(owner, project.id);
    return { owner, projectId: project.id, environmentId: environment.id };
  }

  const notFound = { code: 'not-found', status: 404 };

  it('is everything of another organization, on every operation', async () => {
    const { owner, projectId, environmentId } = await twoTenants();
    const stranger = someCaller();
    const { projects, environments, settings, reader } = registry;
    const attempts = [
      () => projects.view(stranger, projectId),
      () => projects.update(stranger, projectId, { name: 'mine' }),
      () => projects.delete(stranger, projectId),
      () => environments.list(stranger, projectId, {}),
      () => addEnvironment(stranger, projectId, 'mine'),
      () => environments.update(stranger, projectId, environmentId, { name: 'mine' }, { check: false }),
      () => environments.delete(stranger, projectId, environmentId, { deleteSnapshots: true }),
      () => settings.view(stranger, environmentId),
      () => settings.update(stranger, environmentId, { maxPinned: 1 }),
      () => reader.require(stranger, environmentId),
      () => reader.requireInProject(stranger, projectId, environmentId),
      () => reader.requireProject(stranger, projectId),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(notFound);
    expect(await projects.list(stranger, {})).toMatchObject({ items: [], total: 0 });
    await expect(projects.view(owner, projectId)).resolves.toMatchObject({ environmentCount: 1 });
  });

  it('is every project but those its token is limited to', async () => {
    const { owner, projectId, environmentId } = await twoTenants();
    const other = await registry.projects.create(owner, { name: 'other' });
    const limited = { ...owner, projects: [other.project.id] };
    await expect(registry.reader.require(limited, environmentId)).rejects.toMatchObject(notFound);
    await expect(registry.projects.view(limited, projectId)).rejects.toMatchObject(notFound);
    const seen = await registry.projects.list(limited, {});
    expect([names(seen.items), seen.total]).toEqual([['other'], 1]);
    const seeing = { ...owner, projects: [projectId, 'not a uuid'] };
    await expect(registry.reader.require(seeing, environmentId)).resolves.toMatchObject({ id: environmentId });
    expect(await registry.projects.list({ ...owner, projects: [] }, {})).toMatchObject({ items: [], total: 0 });
  });

  it('is an environment looked for in another project of its own', async () => {
    const { owner, environmentId } = await twoTenants();
    const other = await registry.projects.create(owner, { name: 'other' });
    const attempt = registry.reader.requireInProject(owner, other.project.id, environmentId);
    await expect(attempt).rejects.toMatchObject(notFound);
  });

  it('is a project it would create with a token limited to some', async () => {
    const limited = someCaller({ projects: [randomUUID()] });
    await expect(registry.projects.create(limited, { name: 'new' })).rejects.toMatchObject({
      code: 'permission-missing',
      detail: 'The token lacks the permission to create projects, being limited to some; ask for one that has it.',
    });
  });

  it('is an environment that was never there', async () => {
    await expect(registry.reader.require(someCaller(), randomUUID())).rejects.toMatchObject(notFound);
    expect(await registry.reader.byId(randomUUID())).toBeNull();
    const lock = registry.dataSource.transaction((manager) => registry.reader.lock(manager, randomUUID()));
    await expect(lock).rejects.toMatchObject(notFound);
  });
});
