import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import type { EnvironmentCreateWritable } from '../../src/contract/generated/types.gen.js';
import type { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { createTestDatabase } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { startTcpProxy } from '../harness/tcp-proxy.js';
import { someCaller, startRegistry, urlOf } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';

let registry: Registry;
let shop: TestDatabase;
let scratch: string;
let caller: Caller;
let projectId: string;

beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'places-')));
  for (const name of ['roots/shop/files', 'roots/shopping', 'secrets'])
    await mkdir(join(scratch, name), { recursive: true });
  await symlink('shop', join(scratch, 'roots', 'link'));
  const roots = { FILESTORE_ROOTS: [join(scratch, 'roots')], SECRETS_ROOT: join(scratch, 'secrets') };
  registry = await startRegistry({ ...roots, WORKER_POOLS: ['default', 'near'] });
  shop = await createTestDatabase();
  for (const name of ['url', 'other']) await writeFile(join(scratch, 'secrets', name), urlOf(shop.address));
});
afterAll(async () => {
  await registry.close();
  await shop.drop();
  await rm(scratch, { recursive: true, force: true });
});
beforeEach(async () => {
  caller = someCaller();
  projectId = await newProject(caller);
});

async function newProject(of: Caller): Promise<string> {
  return (await registry.projects.create(of, { name: `project ${Math.random()}` })).project.id;
}

interface Where {
  project?: string;
  by?: Caller;
  check?: boolean;
}

function create(
  name: string,
  body: Partial<EnvironmentCreateWritable>,
  { project = projectId, by = caller, check = true }: Where = {},
): Promise<EnvironmentEntity> {
  return registry.environments.create(by, project, { name, type: 'production', ...body }, check);
}

const direct = (changes: { host?: string; port?: number; user?: string } = {}) => {
  const { host, port, database, user, password } = shop.address;
  return { database: { kind: 'connection' as const, host, port, database, user, password, ...changes } };
};
const files = (path: string) => ({ filestorePath: join(scratch, 'roots', path) });
const refusal = (message: string) => ({ code: 'place-taken', status: 409, detail: expect.stringContaining(message) });

describe('a database', () => {
  it.each([
    ['under the same name', () => direct()],
    [
      'under another name of the same machine',
      () => direct({ host: shop.address.host === 'localhost' ? '127.0.0.1' : 'localhost' }),
    ],
    ['by a file that holds its URL', () => ({ database: { kind: 'file' as const, file: 'url' } })],
  ])('is registered once in an organization: %s it is refused with the name of the first', async (_, again) => {
    const first = await create('production', direct());
    for (const check of [true, false]) {
      await expect(create('staging', again(), { check })).rejects.toMatchObject({
        ...refusal('the environment production'),
        resource: { kind: 'environment', id: first.id },
      });
    }
    const elsewhere = await newProject(caller);
    await expect(create('other', again(), { project: elsewhere })).rejects.toMatchObject(refusal('production'));
    expect(await registry.environments.list(caller, projectId, {})).toMatchObject({
      items: [{ id: first.id }],
      total: 1,
    });
  });

  it('is recognised by what it is, whatever leads to it', async () => {
    const proxy = await startTcpProxy(shop.address.port, { text: 'never sent by anybody', delivered: false });
    try {
      await create('production', direct());
      const through = direct({ host: '127.0.0.1', port: proxy.port });
      await expect(create('staging', through)).rejects.toMatchObject(refusal('the environment production'));
      // Nobody looks.
      await expect(create('staging', through, { check: false })).resolves.toMatchObject({ name: 'staging' });
    } finally {
      await proxy.close();
    }
  });

  it('does not tell what a file says of it', async () => {
    await create('production', direct());
    await expect(create('staging', { database: { kind: 'file' as const, file: 'url' } })).rejects.toMatchObject({
      detail: expect.stringMatching(/^The database is/),
    });
  });

  it('is the same wherever the same variable or file says where it is, readable or not', async () => {
    await create('production', { database: { kind: 'file' as const, file: 'nowhere' } }, { check: false });
    const again = create('staging', { database: { kind: 'file' as const, file: 'nowhere' } }, { check: false });
    await expect(again).rejects.toMatchObject(refusal('the environment production'));
    await expect(
      create('other', { database: { kind: 'variable' as const, env: 'ENVIRONMENT_OTHER' } }, { check: false }),
    ).resolves.toBeDefined();
  });

  it('of another organization is none of its business', async () => {
    await create('production', direct());
    const rival = someCaller();
    const theirs = await create('production', direct(), { by: rival, project: await newProject(rival) });
    expect(theirs).toMatchObject({ name: 'production' });
  });

  it('is not named to whoever may not see its environment', async () => {
    const first = await create('secret plans', direct());
    const other = await newProject(caller);
    const limited = { ...caller, projects: [other] };
    const problem = await create('staging', direct(), { by: limited, project: other }).catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: 'place-taken', detail: expect.stringContaining('another environment') });
    expect(JSON.stringify(problem)).not.toMatch(new RegExp(`secret plans|${first.id}`));
  });

  it('is another one on machines that nobody here reaches together with these', async () => {
    await create('production', direct());
    const far = create('far', { ...direct(), pool: 'far' }, { check: false });
    await expect(far).resolves.toMatchObject({ name: 'far' });
    await expect(create('near', { ...direct(), pool: 'near' })).rejects.toMatchObject(refusal('production'));
  });

  it('is not taken by changing an environment either, or by moving it to where it is reached', async () => {
    await create('production', direct());
    const staging = await create('staging', files('shop'));
    const update = (body: object, check = true) =>
      registry.environments.update(caller, projectId, staging.id, body, { check });
    await expect(update(direct())).rejects.toMatchObject(refusal('the environment production'));
    await expect(update(direct(), false)).rejects.toMatchObject(refusal('the environment production'));
    await expect(update({ ...direct(), pool: 'far' }, false)).resolves.toMatchObject({ pool: 'far' });
    await expect(update({ pool: 'default' }, false)).rejects.toMatchObject(refusal('the environment production'));
    const unchanged = await registry.reader.require(caller, staging.id);
    expect(unchanged).toMatchObject({ pool: 'far' });
  });

  it('stays where two had it before, for whatever else changes', async () => {
    const staging = await create('staging', files('shop'));
    await create('production', direct());
    const { host, port, database, user } = shop.address;
    const stored = JSON.stringify({ host, port, database, user, tls: 'disable' });
    await registry.dataSource.query('UPDATE environments SET database = $2 WHERE id = $1', [staging.id, stored]);
    const body = { name: 'renamed', ...direct(), ...files('shop') };
    await expect(
      registry.environments.update(caller, projectId, staging.id, body, { check: true }),
    ).resolves.toMatchObject({
      name: 'renamed',
    });
  });

  it('goes to one of many who ask for it at once', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const asked = await Promise.allSettled(names.map((name) => create(name, direct(), { check: name < 'c' })));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(reasons).toEqual(names.slice(1).map(() => expect.objectContaining({ code: 'place-taken' })));
  });

  it('can be registered anew when the first is gone', async () => {
    const first = await create('production', direct());
    await registry.environments.delete(caller, projectId, first.id, { deleteSnapshots: false });
    await expect(create('staging', direct())).resolves.toMatchObject({ name: 'staging' });
  });

  it('beside another one of the same server is none of its business', async () => {
    const other = await createTestDatabase();
    try {
      await create('production', direct());
      await expect(create('staging', { database: { kind: 'connection', ...other.address } })).resolves.toMatchObject({
        name: 'staging',
      });
    } finally {
      await other.drop();
    }
  });

  it('takes a name before anybody looks for its place', async () => {
    await create('production', direct());
    await expect(create('production', direct())).rejects.toMatchObject({ code: 'name-taken' });
  });
});

describe('a filestore', () => {
  it.each([
    ['the same directory', 'shop'],
    ['one in it', 'shop/files'],
    ['a link to it', 'link'],
    ['one in it, through a link', 'link/files'],
  ])('is registered once: %s is refused with the name of the first', async (_, path) => {
    await create('production', files('shop'));
    await expect(create('staging', files(path))).rejects.toMatchObject(refusal('the environment production'));
    await expect(create('staging', files('shopping'))).resolves.toMatchObject({ name: 'staging' });
  });

  it('is not put around that of another', async () => {
    await create('production', files('shop/files'));
    await expect(create('staging', files('shop'))).rejects.toMatchObject(refusal('the environment production'));
    await expect(create('staging', files('shop'), { check: false })).rejects.toMatchObject(refusal('production'));
  });

  it('is recognised under another mount of the same file system', async (context) => {
    const mount = join(scratch, 'roots', 'mounted');
    await mkdir(mount);
    if (spawnSync('mount', ['--bind', join(scratch, 'roots', 'shop'), mount]).status !== 0) context.skip();
    try {
      await create('production', files('shop'));
      for (const path of ['mounted', 'mounted/files']) {
        await expect(create('staging', files(path))).rejects.toMatchObject(refusal('the environment production'));
      }
    } finally {
      spawnSync('umount', [mount]);
    }
  });
});
