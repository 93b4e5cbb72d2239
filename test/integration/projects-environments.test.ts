import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import type { DatabaseConnectionWritable, EnvironmentCreateWritable } from '../../src/contract/generated/types.gen.js';
import { Problem } from '../../src/errors/problem.js';
import { toEnvironmentDto } from '../../src/projects/environments/environment.dto.js';
import { createTestDatabase } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { someCaller, startRegistry, urlOf } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';

const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

let registry: Registry;
let shop: TestDatabase;
let database: DatabaseConnectionWritable;
let scratch: string;
let roots: string;
let caller: Caller;
let projectId: string;

beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'environments-')));
  roots = join(scratch, 'roots');
  await mkdir(join(roots, 'shop'), { recursive: true });
  await mkdir(join(scratch, 'elsewhere'));
  await symlink('../elsewhere', join(roots, 'escape'));
  await writeFile(join(roots, 'file'), '');
  registry = await startRegistry({ FILESTORE_ROOTS: [roots], SECRETS_ROOT: scratch, CHECK_TIMEOUT_MS: 2000 });
  // Names and passwords a person would not choose, but PostgreSQL takes.
  shop = await createTestDatabase({ password: printable, name: `the "shop"'s data ${Date.now()}` });
  const { host, port, database: name, user, password, tls } = shop.address;
  database = { kind: 'connection', host, port, database: name, user, password, tls };
});
afterAll(async () => {
  await registry.close();
  await shop.drop();
  await rm(scratch, { recursive: true, force: true });
});
beforeEach(async () => {
  caller = someCaller();
  projectId = (await registry.projects.create(caller, { name: 'shop' })).project.id;
});

const create = (body: Partial<EnvironmentCreateWritable>, check = true) =>
  registry.environments.create(caller, projectId, { name: 'production', type: 'production', ...body }, check);

/** The fields a refusal names, each with what it says. */
async function fieldErrors(attempt: Promise<unknown>): Promise<Record<string, string>> {
  const problem: unknown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(problem).toBeInstanceOf(Problem);
  const { code, errors } = problem as Problem;
  expect(code).toBe('validation-failed');
  return Object.fromEntries((errors ?? []).map(({ field, message }) => [field, message]));
}

describe('a new environment', () => {
  it('has a database or a filestore', async () => {
    expect(await fieldErrors(create({}))).toEqual({ body: 'must have database or filestorePath' });
  });

  it('is accepted when its database answers and its directory is there', async () => {
    const environment = await create({ database, filestorePath: join(roots, 'shop'), labels: { team: 'sales' } });
    const { password: _, ...view } = database;
    expect(toEnvironmentDto(environment)).toEqual({
      id: environment.id,
      projectId,
      name: 'production',
      type: 'production',
      labels: { team: 'sales' },
      database: view,
      filestorePath: join(roots, 'shop'),
      pool: 'default',
      neutralizeSql: null,
      neutralizePaths: null,
      exclude: null,
      onUnreadableFile: 'fail',
      provisionedFrom: null,
      allowUnneutralized: false,
      beforeCutover: null,
      afterCutover: null,
      createdAt: environment.createdAt.toISOString(),
      updatedAt: environment.createdAt.toISOString(),
    });
    const { database: address } = await registry.connections.resolve(environment);
    expect({ kind: 'connection', ...address }).toEqual(database);
  });

  it('has its password nowhere in the clear, neither in the row nor in what is answered', async () => {
    const environment = await create({ database });
    const [row]: [object] = await registry.dataSource.query('SELECT * FROM environments WHERE id = $1', [
      environment.id,
    ]);
    expect(Object.values(row).some((value) => String(value).startsWith('v1:'))).toBe(true);
    expect(JSON.stringify(row)).not.toContain(JSON.stringify(printable).slice(1, -1));
    expect(JSON.stringify(toEnvironmentDto(environment))).not.toMatch(/password|v1:/);
  });

  it('may have a database from a file below SECRETS_ROOT', async () => {
    await writeFile(join(scratch, 'shop-url'), `${urlOf(shop.address)}\n`);
    const environment = await create({ database: { kind: 'file', file: 'shop-url' } });
    expect(environment).toMatchObject({ database: { file: 'shop-url' }, databasePassword: null });
    await rm(join(scratch, 'shop-url'));
    const other = create({ name: 'staging', database: { kind: 'file', file: 'shop-url' } });
    expect(await fieldErrors(other)).toEqual({
      database: 'cannot be used: The file "shop-url" does not exist below SECRETS_ROOT, or cannot be read',
    });
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, 'database', /refused the role .* password authentication failed/],
    ['no password', { password: undefined }, 'database', /asks for a password/],
    ['no such database', { database: 'nowhere' }, 'database', /There is no database "nowhere"/],
    ['TLS that is not offered', { tls: 'require' as const }, 'database.host', /does not offer TLS/],
    ['an unknown host', { host: 'no-such-host.invalid' }, 'database.host', /host name/],
  ])('is refused, precisely, for %s', async (_, wrong, field, message) => {
    const found = await fieldErrors(create({ database: { ...database, ...wrong } }));
    expect(found).toEqual({ [field]: expect.stringMatching(message) });
    expect(found[field]).toMatch(/^cannot be used: /);
  });

  it('names both when neither database nor directory are there', async () => {
    const closed = { ...database, port: await freePort() };
    const found = await fieldErrors(create({ database: closed, filestorePath: join(roots, 'nowhere') }));
    expect(found).toEqual({
      'database.host': expect.stringContaining('connection refused'),
      filestorePath: `cannot be used: The filestore path "${join(roots, 'nowhere')}" does not exist`,
    });
  });

  it.each([
    ['file', /is not a directory/],
    ['escape', /does not lie below one of the configured filestore roots/],
  ])('is refused for a path that leads to %s', async (name, message) => {
    expect(await fieldErrors(create({ filestorePath: join(roots, name) }))).toEqual({
      filestorePath: expect.stringMatching(message),
    });
  });

  it('is refused in time by a server that says nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const startedAt = performance.now();
    const found = await fieldErrors(create({ database: { ...database, port } }));
    expect(performance.now() - startedAt).toBeLessThan(4000);
    expect(found['database.host']).toContain('did not answer within 2 s');
    silent.close();
  });

  it('is accepted unchecked when nothing of it can be reached', async () => {
    const closed = { ...database, port: await freePort() };
    const environment = await create({ database: closed, filestorePath: join(roots, 'nowhere') }, false);
    expect(environment.filestorePath).toBe(join(roots, 'nowhere'));
  });

  it.each(['/etc', '/', `/srv/../etc`])('is refused unchecked too for the path %s', async (filestorePath) => {
    expect(await fieldErrors(create({ filestorePath }, false))).toEqual({
      filestorePath: expect.stringContaining('filestore roots'),
    });
  });

  it('is refused unchecked too for ".." below a root, and for a root itself', async () => {
    for (const filestorePath of [`${roots}/shop/../shop`, roots, `${roots}evil/shop`]) {
      expect(await fieldErrors(create({ filestorePath }, false))).toHaveProperty('filestorePath');
    }
  });

  it('is refused unchecked too for a host that is not allowed', async () => {
    const limited = await startRegistry({ DATABASE_HOSTS: ['*.internal'] });
    const owner = someCaller();
    const { project } = await limited.projects.create(owner, { name: 'shop' });
    const body = { name: 'production', type: 'production' as const, database: { ...database, host: 'db.example' } };
    const attempt = limited.environments.create(owner, project.id, body, false);
    expect(await fieldErrors(attempt)).toEqual({ 'database.host': expect.stringContaining('DATABASE_HOSTS') });
    const allowed = { ...body, database: { ...database, host: 'db.internal' } };
    await expect(limited.environments.create(owner, project.id, allowed, false)).resolves.toBeDefined();
    await limited.close();
  });

  it('is not checked from here when only other workers can reach it', async () => {
    expect(await fieldErrors(create({ database, pool: 'eu-west' }))).toEqual({
      pool: expect.stringContaining('?check=false'),
    });
    await expect(create({ database, pool: 'eu-west' }, false)).resolves.toMatchObject({ pool: 'eu-west' });
  });

  it('is refused for text that PostgreSQL cannot store', async () => {
    const half = '\ud83d';
    expect(await fieldErrors(create({ database: { ...database, user: half }, labels: { mood: half } }))).toEqual({
      database: 'must be well-formed Unicode',
      labels: 'must be well-formed Unicode',
    });
  });

  it('must have a name of its own in its project', async () => {
    await create({ filestorePath: join(roots, 'shop') });
    await expect(create({ filestorePath: join(roots, 'shop') })).rejects.toMatchObject({
      code: 'name-taken',
      detail: 'There is already an environment named production; choose another name.',
    });
  });
});
