import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { rollbackCreate, snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { createTestDatabase, query, urlOf } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Answer, Ask } from './ask.js';
import { completedSnapshot, rollbackEnded, snapshotEnded } from './world.js';

/** Every printable ASCII character, a space first. */
const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
const SECRET = 'hunter2-is-not-to-be-seen';

let service: TestService;
let client: Client;
let ask: Ask;
let projectId: string;
let scratch: string;
let shop: TestDatabase;
/** Listens where no environment may be; counts who comes. */
let forbidden: { server: Server; port: number; visitors: number };
const made: TestDatabase[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'environments-'));
  await mkdir(join(scratch, 'secrets', 'shop'), { recursive: true });
  shop = await createTestDatabase({ password: SECRET });
  made.push(shop);
  service = await startTestService({
    DATABASE_HOSTS: '127.0.0.1, *.allowed.example',
    SECRETS_ROOT: join(scratch, 'secrets'),
    CHECK_TIMEOUT_MS: '2000',
  });
  client = service.client();
  ask = asker(service.url, testToken());
  const { body } = await ask('POST', '/api/v1/projects', { json: { name: 'shop' } });
  projectId = (body as { id: string }).id;
  const server = createServer((socket) => {
    forbidden.visitors += 1;
    socket.destroy();
  }).listen(0, 'localhost');
  await once(server, 'listening');
  forbidden = { server, port: (server.address() as AddressInfo).port, visitors: 0 };
});
afterAll(async () => {
  forbidden.server.close();
  await service.stop();
  for (const database of made) await database.drop();
  for (const name of Object.keys(process.env)) if (name.startsWith('ENVIRONMENT_TEST_')) delete process.env[name];
  await rm(scratch, { recursive: true, force: true });
});

let named = 0;
/** Asks for an environment; whatever is answered, the password is not in it. */
async function create(places: object, search = ''): Promise<Answer> {
  named += 1;
  const json = { name: `environment ${named}`, type: 'staging', ...places };
  const answer = await ask('POST', `/api/v1/projects/${projectId}/environments${search}`, { json });
  const text = JSON.stringify(answer.body);
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(JSON.stringify(PRINTABLE).slice(1, -1));
  return answer;
}

/** The only field that a refusal names, and what is said of it. */
function fault({ status, problem }: Answer): [field: string, message: string] {
  expect([status, problem.code]).toEqual([422, 'validation-failed']);
  expect(problem.errors).toHaveLength(1);
  const [{ field, message }] = problem.errors as [{ field: string; message: string }];
  return [field, message];
}

const shopIs = () => {
  const { host, port, database, user, password } = shop.address;
  return { kind: 'connection', host, port, database, user, password };
};
const at = (host: string, rest = '') => `postgres://shop:${SECRET}@${host}:${forbidden.port}/shop${rest}`;

async function newFilestore(): Promise<string> {
  const path = await mkdtemp(join(service.filestoreRoot, 'store-'));
  await writeFile(join(path, 'a.txt'), 'alpha\n');
  return path;
}

describe('names and passwords that nobody would choose but PostgreSQL takes', () => {
  it.each(
    sampleOf(
      [
        ['quotes, spaces and SQL', `it's the "shop"; DROP TABLE items; -- `, `o'role "x" ; `],
        ['what programs take for a connection string', 'host=nowhere dbname=postgres', 'user=postgres password=x'],
        ['what programs take for a URL', 'postgres://nowhere/template1?a=b#c', 'a@b:c/d%20'],
        ['as many bytes as there can be', 'ü'.repeat(31) + '"', "'".repeat(63)],
        ['what a shell would expand', '$(id) `id` %s \\ ~ * & | > \t\n x', '-U postgres'],
      ] as const,
      1,
    ),
  )('%s work from registering to rolling back', async (_, name, owner) => {
    const database = await createTestDatabase({ name, owner, password: PRINTABLE });
    made.push(database);
    await query(database.address, `CREATE TABLE items AS SELECT generate_series(1, 10) AS id`);
    const filestorePath = await newFilestore();
    const { host, port, user, password } = database.address;
    const answer = await create({
      database: { kind: 'connection', host, port, database: name, user, password },
      filestorePath,
    });
    expect([answer.status, answer.problem.detail]).toEqual([201, undefined]);
    expect(answer.body).toMatchObject({ database: { database: name, user: owner } });

    const { id: environmentId } = answer.body as { id: string };
    const { id: snapshotId } = await completedSnapshot(client, environmentId);
    await query(database.address, 'DELETE FROM items');
    await writeFile(join(filestorePath, 'a.txt'), 'broken\n');
    const { deploymentId } = await result(
      rollbackCreate({ client, path: { environmentId }, body: { snapshotId, createSafetySnapshot: false } }),
    );
    expect(await rollbackEnded(client, deploymentId)).toBe('completed');
    expect(await query(database.address, 'SELECT count(*)::int AS count FROM items')).toEqual([{ count: 10 }]);
    expect(await readFile(join(filestorePath, 'a.txt'), 'utf8')).toBe('alpha\n');
  });
});

describe('a database that does not answer is named, with its reason', () => {
  it.each([
    ['password', { password: 'wrong' }, 'database', /password authentication failed/],
    ['database', { database: 'nowhere' }, 'database', /database "nowhere" does not exist/],
    ['user', { user: 'nobody' }, 'database', /password authentication failed for user "nobody"/],
    ['host', { host: 'no-such.allowed.example' }, 'database.host', /host name/],
  ])('a wrong %s', async (_, wrong, field, reason) => {
    const [named, message] = fault(await create({ database: { ...shopIs(), ...wrong } }));
    expect([named, message]).toEqual([field, expect.stringMatching(reason)]);
  });

  it('a wrong port', async () => {
    const port = await freePort();
    const [field, message] = fault(await create({ database: { ...shopIs(), port } }));
    expect([field, message]).toEqual(['database.host', expect.stringContaining(`${port} cannot be reached`)]);
  });

  it('and both of database and directory', async () => {
    const filestorePath = join(service.filestoreRoot, 'nowhere');
    const { problem } = await create({ database: { ...shopIs(), password: 'wrong' }, filestorePath });
    expect(problem.errors?.map(({ field }) => field)).toEqual(['database', 'filestorePath']);
  });
});

describe('a host that is not allowed', () => {
  it.each([
    'localhost',
    '127.0.0.2',
    '127.1',
    '2130706433',
    '0x7f000001',
    '::1',
    'allowed.example',
    'xallowed.example',
  ])('is refused unasked: %s', async (host) => {
    const database = { ...shopIs(), host, port: forbidden.port };
    for (const search of ['', '?check=false']) {
      const [field, message] = fault(await create({ database }, search));
      expect([field, message]).toEqual(['database.host', expect.stringContaining('DATABASE_HOSTS')]);
    }
  });

  it.each([
    ['in a variable', () => at('localhost')],
    ['as a parameter', () => at('127.0.0.1', '?host=localhost')],
    ['as an address', () => at('127.0.0.1', '?hostaddr=127.0.0.2')],
    ['in another parameter', () => at('127.0.0.1', '?options=x&port=1')],
    ['encoded', () => at('%6cocalhost')],
    ['as a socket', () => at('%2Fvar%2Frun%2Fpostgresql')],
    ['in a list', () => `postgres://shop:${SECRET}@127.0.0.1:1,localhost:${forbidden.port}/shop`],
    ['behind a second @', () => `postgres://shop:${SECRET}@127.0.0.1@localhost:${forbidden.port}/shop`],
    ['in brackets', () => at('[::1]')],
    ['as a number', () => at('2130706434')],
  ])('is refused %s that a URL stands in, or a file', async (_, url) => {
    process.env.ENVIRONMENT_TEST_URL = url();
    await writeFile(join(scratch, 'secrets', 'shop', 'url'), url());
    for (const database of [
      { kind: 'variable', env: 'ENVIRONMENT_TEST_URL' },
      { kind: 'file', file: 'shop/url' },
    ]) {
      const [field, message] = fault(await create({ database }));
      expect(field).toBe('database');
      expect(message).toMatch(/^cannot be used: The (connection URL|host of the database)/);
    }
  });

  it('is refused again when the URL changes after it was accepted', async () => {
    process.env.ENVIRONMENT_TEST_CHANGING = urlOf(shop.address);
    const { body } = await create({ database: { kind: 'variable', env: 'ENVIRONMENT_TEST_CHANGING' } });
    const { id: environmentId } = body as { id: string };
    process.env.ENVIRONMENT_TEST_CHANGING = at('localhost');
    const snapshot = await result(snapshotCreate({ client, path: { environmentId } }));
    expect(await snapshotEnded(client, snapshot)).toMatch(/^failed: The host of the database is not among those/);
    const { status, problem } = await ask('GET', `/api/v1/environments/${environmentId}/snapshots/estimate`);
    expect([status, problem.code]).toEqual([503, 'environment-unreachable']);
  });

  it('has never been connected to', () => {
    expect(forbidden.visitors).toBe(0);
  });
});

describe('a reference', () => {
  it('to a variable or a file with every printable character in its password works', async () => {
    const [one, other] = [
      await createTestDatabase({ password: PRINTABLE }),
      await createTestDatabase({ password: PRINTABLE }),
    ];
    made.push(one, other);
    process.env.ENVIRONMENT_TEST_PRINTABLE = urlOf(one.address);
    await writeFile(join(scratch, 'secrets', 'printable'), `${urlOf(other.address)}\n`);
    for (const reference of [
      { kind: 'variable', env: 'ENVIRONMENT_TEST_PRINTABLE' },
      { kind: 'file', file: 'printable' },
    ]) {
      const { status, body } = await create({ database: reference });
      expect([status, (body as { database: unknown }).database]).toEqual([201, reference]);
    }
  });

  it.each(['DATABASE_URL', 'JWT_SECRET', 'environment_shop', 'XENVIRONMENT_SHOP', 'ENVIRONMENT_', 'ENVIRONMENT_A=B'])(
    "cannot be to one of the service's own variables: %s",
    async (env) => {
      for (const search of ['', '?check=false']) {
        expect(fault(await create({ database: { kind: 'variable', env } }, search))[0]).toBe('database.env');
      }
    },
  );

  it.each(['/etc/passwd', '../outside', 'shop/../../outside', '..', './../outside', 'shop/..'])(
    'cannot be to a file outside: %s',
    async (file) => {
      for (const search of ['', '?check=false']) {
        expect(fault(await create({ database: { kind: 'file', file } }, search))[0]).toBe('database.file');
      }
    },
  );

  it('cannot be to a file that a link leads to, nor tell whether it is there', async () => {
    await writeFile(join(scratch, 'outside'), urlOf(shop.address));
    await symlink('../outside', join(scratch, 'secrets', 'link'));
    await symlink('..', join(scratch, 'secrets', 'up'));
    await symlink('../nowhere', join(scratch, 'secrets', 'dangling'));
    for (const file of ['link', 'up/outside', 'dangling', 'shop', 'nowhere']) {
      const [field, message] = fault(await create({ database: { kind: 'file', file } }));
      expect(field).toBe('database');
      expect(message).toMatch(/leads outside|does not exist|not a regular file/);
      expect(message).not.toContain(scratch);
    }
  });

  it('never shows what stands there', async () => {
    await writeFile(join(scratch, 'secrets', 'rubbish'), `root:${SECRET}:0:0`);
    const [field, message] = fault(await create({ database: { kind: 'file', file: 'rubbish' } }));
    expect([field, message]).toEqual(['database', expect.stringContaining('postgres://')]);
  });
});

describe('a filestore path', () => {
  it.each([
    ['outside the roots', () => '/etc'],
    ['that only begins like a root', () => `${service.filestoreRoot}-other/shop`],
    ['with ".."', () => `${service.filestoreRoot}/../data`],
    ['with ".." that comes back', () => `${service.filestoreRoot}/a/../b`],
    ['that is a root', () => service.filestoreRoot],
    ['that is a root, with slashes', () => `${service.filestoreRoot}//./`],
  ])('%s is refused, looked at or not', async (_, path) => {
    for (const search of ['', '?check=false']) {
      const [field, message] = fault(await create({ filestorePath: path() }, search));
      expect([field, message]).toEqual(['filestorePath', expect.stringContaining('filestore roots')]);
    }
  });

  it('that a link leads outside is refused, and nobody learns what is there', async () => {
    await mkdir(join(scratch, 'elsewhere'));
    await symlink(scratch, join(service.filestoreRoot, 'escape'));
    const messages: string[] = [];
    for (const path of ['escape', 'escape/elsewhere', 'escape/nowhere']) {
      const [field, message] = fault(await create({ filestorePath: join(service.filestoreRoot, path) }));
      expect(field).toBe('filestorePath');
      messages.push(message.replace(path, ''));
    }
    expect(new Set(messages.slice(1))).toHaveLength(1);
  });

  it('that is led outside after it was accepted is not captured', async () => {
    const filestorePath = await newFilestore();
    const { body } = await create({ filestorePath });
    await rename(filestorePath, `${filestorePath}-away`);
    await symlink(scratch, filestorePath);
    const { id: environmentId } = body as { id: string };
    const snapshot = await result(snapshotCreate({ client, path: { environmentId } }));
    expect(await snapshotEnded(client, snapshot)).toMatch(/^failed: The filestore path .* does not lie below/);
  });

  it('may have any name a directory can have', async () => {
    for (const name of sampleOf([`'quotes" $(id)`, 'Ünïcödé 日本 🙂', '-rf', '%2e%2e', '...', 'a\u007fb'], 2)) {
      const filestorePath = join(service.filestoreRoot, name);
      await mkdir(filestorePath);
      const { status, body, problem } = await create({ filestorePath });
      expect([status, problem.detail]).toEqual([201, undefined]);
      await completedSnapshot(client, (body as { id: string }).id);
    }
  });
});

describe('a hook whose URL is none', () => {
  const urls = ['http://[', 'https://shop.internal:99999/pause', 'http://a<b/', 'http://[::::]/'];

  it.each(urls)('is refused before it could fail in the middle of a rollback: %s', async (url) => {
    const hook = { kind: 'request', url };
    const filestorePath = await newFilestore();
    const said = ['afterCutover.url', 'must be a URL with a host that can be'];
    expect(fault(await create({ filestorePath, afterCutover: hook }, '?check=false'))).toEqual(said);

    const made = await create({ filestorePath, beforeCutover: { ...hook, url: 'http://[::1]:8080/pause' } });
    expect(made.status).toBe(201);
    const { id } = made.body as { id: string };
    const path = `/api/v1/projects/${projectId}/environments/${id}`;
    expect(fault(await ask('PATCH', path, { json: { afterCutover: hook } }))).toEqual(said);
  });
});
