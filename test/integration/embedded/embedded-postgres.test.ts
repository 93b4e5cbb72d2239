import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRoleAndDatabase } from '../../../src/database/embedded/create-role-and-database.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.js';
import { commandLine } from '../../../src/database/embedded/process-identity.js';
import { query } from './query.js';
import { makeScratch, type Scratch } from './scratch.js';

const isRoot = process.getuid?.() === 0;

/** One initdb for all tests: what it made serves some of them, and most of the others start from a copy. */
let template: Scratch;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  template = await makeScratch();
  postgres = await startEmbeddedPostgres({ dataDir: join(template.path, 'postgres') });
});

afterAll(async () => {
  await postgres.stop();
  await template.remove();
});

describe('the embedded PostgreSQL, while it runs,', () => {
  it('starts, speaks UTF-8 to the superuser of the URL and to nobody without the password', async () => {
    expect(
      await query(postgres.url, 'SELECT current_database() AS database, current_setting($1) AS encoding', [
        'server_encoding',
      ]),
    ).toEqual([{ database: 'snapback', encoding: 'UTF8' }]);
    await expect(query(postgres.url.replace(postgres.password, 'guess'), 'SELECT 1')).rejects.toThrow(
      /password authentication failed/,
    );
  });

  it('keeps the password in a file for its own user and out of every process argument', async () => {
    const file = join(postgres.directory, 'superuser-password');

    expect((await readFile(file, 'utf8')).trim()).toBe(postgres.password);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await commandLine(postgres.pid)).not.toContain(postgres.password);
    expect(await readFile(join(postgres.directory, 'server.log'), 'utf8')).not.toContain(postgres.password);
  });

  it('listens on the loopback address only', async () => {
    expect(
      await query(
        postgres.url,
        `SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets`,
      ),
    ).toEqual([{ addresses: '127.0.0.1', sockets: '' }]);
  });

  it('refuses a directory whose server belongs to a living process, and names that process', async () => {
    const again = startEmbeddedPostgres({ dataDir: join(template.path, 'postgres') });

    await expect(again).rejects.toMatchObject({
      code: 'directory-in-use',
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  it('creates a role with a database of its own, and again without complaint', async () => {
    const wanted = { role: 'an "odd" role', password: `it's\\ a "pass"`, database: 'a db', createdb: true };

    await createRoleAndDatabase(postgres.url, wanted);
    await createRoleAndDatabase(postgres.url, wanted);

    const client = new Client({
      host: postgres.host,
      port: postgres.port,
      user: wanted.role,
      password: wanted.password,
      database: wanted.database,
    });
    await client.connect();
    await client.query('CREATE TABLE mine (id int)');
    await client.query('CREATE DATABASE shadow').finally(() => client.end());
    const owners = `SELECT datname, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname IN ('a db', 'shadow') ORDER BY 1`;
    expect(await query(postgres.url, owners)).toEqual([
      { datname: 'a db', owner: wanted.role },
      { datname: 'shadow', owner: wanted.role },
    ]);
  });

  it('keeps a role’s password out of the server’s log when the statement fails', async () => {
    await query(postgres.url, `ALTER SYSTEM SET log_statement = 'all'`);
    await query(postgres.url, 'SELECT pg_reload_conf()');
    const wanted = { role: 'pg_reserved', password: 'a-secret-word', database: 'never', createdb: false };

    await expect(createRoleAndDatabase(postgres.url, wanted)).rejects.toThrow(/reserved/);

    expect(await readFile(join(postgres.directory, 'server.log'), 'utf8')).not.toContain(wanted.password);
  });
});

describe('the embedded PostgreSQL', () => {
  let scratch: Scratch;
  let running: EmbeddedPostgres[];

  // What is copied is at rest.
  beforeAll(() => postgres.stop());

  beforeEach(async () => {
    scratch = await makeScratch();
    await promisify(execFile)('cp', ['-a', join(template.path, 'postgres'), scratch.path]);
    running = [];
  });

  afterEach(async () => {
    await Promise.all(running.map((postgres) => postgres.stop()));
    await scratch.remove();
  });

  async function start(options: { dataDir?: string; port?: number; log?: (message: string) => void } = {}) {
    const postgres = await startEmbeddedPostgres({ dataDir: join(scratch.path, 'postgres'), ...options });
    running.push(postgres);
    return postgres;
  }

  it('has its data again after a restart, on the same port', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();

    const second = await start();

    expect(second.port).toBe(first.port);
    expect(second.password).toBe(first.password);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('takes another port when that of the last start is taken', async () => {
    const first = await start();
    await first.stop();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    try {
      await once(squatter, 'listening');
      expect((await start()).port).not.toBe(first.port);
    } finally {
      squatter.close();
    }
  });

  it('uses the port it is given, and says so when that is taken', async () => {
    const first = await start();

    await expect(start({ dataDir: join(scratch.path, 'other'), port: first.port })).rejects.toMatchObject({
      code: 'start-failed',
      message: expect.stringContaining(`port ${first.port}`),
    });

    const { port } = first;
    await first.stop();
    expect((await start({ port })).port).toBe(port);
  });

  it('takes over a lock whose process has died, even when the number was given to another program', async () => {
    const first = await start();
    await first.stop();
    await writeFile(
      join(first.directory, 'owner.lock'),
      JSON.stringify({ pid: process.ppid, identity: 'an earlier boot' }),
    );

    await expect(start()).resolves.toMatchObject({ directory: first.directory });
  });

  it.each([
    ['of a process that is gone', 4_194_303],
    ['whose number went to another program', process.ppid],
  ])('is not hindered by a stale postmaster.pid %s', async (_, pid) => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const cluster = join(first.directory, 'cluster');
    await writeFile(
      join(cluster, 'postmaster.pid'),
      `${pid}\n${cluster}\n1700000000\n5432\n\n127.0.0.1\n 1 1\nready\n`,
    );

    const second = await start();

    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('recovers when the server itself was killed', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill(first.pid, 'SIGKILL');
    await first.stop();

    const second = await start();

    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('begins anew when an initdb was interrupted, and removes what it left', async () => {
    const dataDir = join(scratch.path, 'fresh');
    const unfinished = join(dataDir, 'cluster.unfinished-before');
    await mkdir(unfinished, { recursive: true });
    await writeFile(join(unfinished, 'PG_VERSION'), '15\n');

    const postgres = await start({ dataDir });

    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await readdir(dataDir)).not.toContain('cluster.unfinished-before');
  });

  it('says which version is missing when the cluster is of one that is not installed', async () => {
    const first = await start();
    await first.stop();
    await writeFile(join(first.directory, 'cluster', 'PG_VERSION'), '9\n');

    await expect(start()).rejects.toMatchObject({
      code: 'version-unavailable',
      message: expect.stringContaining('was created by PostgreSQL 9'),
    });
  });

  it('says where the password should be when it is gone', async () => {
    const first = await start();
    await first.stop();
    await rm(join(first.directory, 'superuser-password'));

    await expect(start()).rejects.toMatchObject({ code: 'password-missing' });
  });

  it.runIf(isRoot)('runs elsewhere, and says where, when its user may not enter the data directory', async () => {
    const closed = await scratch.closedDirectory();
    const messages: string[] = [];
    const options = {
      dataDir: join(closed, 'clone', 'postgres'),
      elsewhere: join(scratch.path, 'elsewhere'),
      log: (message: string) => messages.push(message),
    };

    const first = await start(options);
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start(options);

    expect(first.directory.startsWith(options.elsewhere)).toBe(true);
    expect(second.directory).toBe(first.directory);
    expect(messages.join('\n')).toContain(first.directory);
    expect((await readFile(join(options.dataDir, 'elsewhere.txt'), 'utf8')).trim()).toBe(first.directory);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });
});
