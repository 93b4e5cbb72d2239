import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../harness/free-port.js';
import type { Image } from './build-image.js';
import { Container, runOnce, type Setting } from './container.js';

export interface Place {
  image: Image;
  /** For volumes. */
  directory: string;
  /** Of a PostgreSQL outside of the image, as its superuser. */
  adminUrl: string;
  version: string;
  say: (line: string) => void;
}

const NODE_USER = 1000;
const FILES = '/srv/filestores/shop';

/** The life of a deployment, in containers of the image: from nothing through a snapshot and a rollback to the end. */
export async function scenario(place: Place): Promise<void> {
  const { say } = place;
  const state = await makeDatabase(place.adminUrl, 'snapback', '');
  const shop = await makeDatabase(place.adminUrl, 'shop', 'CREATEDB');
  const setting = await makeSetting(place, state.href);

  const migrated = await runOnce(setting, ['snapback-migrate'], { CREDENTIALS_KEY: '', JWT_SECRET: '' });
  assert.deepEqual(migrated, { code: 0, said: "The service's own database is up to date.\n" });
  say('snapback-migrate brings an empty database up to date');
  await rootIsReadOnly(setting);
  say('the root is read-only, and what the Dockerfile declares is not');

  const [port, metrics] = [String(await freePort()), [String(await freePort()), String(await freePort())]];
  // METRICS_PORT= in the environment of this test turns the port off, as an operator can.
  const isOff = process.env['METRICS_PORT'] === '';
  const [ofApi, ofWorker] = isOff ? ['', ''] : (metrics as [string, string]);
  const api = await Container.start(setting, { ROLE: 'api', PORT: port, METRICS_PORT: ofApi! });
  const worker = await Container.start(setting, { ROLE: 'worker', METRICS_PORT: ofWorker! });
  try {
    await api.hasSaid(/(Snapback answers at)/);
    say(`PostgreSQL's programs: ${await worker.hasSaid(/PostgreSQL's programs here: ([^"]+)/)}`);
    await Promise.all([api.isHealthy(), worker.isHealthy()]);
    say(`API and worker pass the health check${isOff ? ', without a metrics port' : ''}`);
    const cli = await commandLine(setting, port);
    await mainJob(place, shop, cli);
    await vaultAnswers(setting);
    await processesAreKnown(state, place.version);
    const ends = [await worker.stop(), await api.stop()];
    assert.deepEqual(ends, [0, 0], `They ended with ${ends.join(' and ')}:\n${worker.words}\n${api.words}`);
    say('SIGTERM ends both with status 0');
  } catch (error) {
    say(`The API said:\n${api.words}\nThe worker said:\n${worker.words}`);
    throw error;
  }
}

async function makeSetting({ image, directory }: Place, databaseUrl: string): Promise<Setting> {
  const key = () => randomBytes(32).toString('base64');
  for (const name of ['vault', 'filestores', 'secrets']) await mkdir(join(directory, name));
  for (const name of ['vault', 'filestores']) await chown(join(directory, name), NODE_USER, NODE_USER);
  await writeFile(join(directory, 'secrets', 'vault-master-key'), key());
  return {
    image,
    env: {
      DATABASE_URL: databaseUrl,
      CREDENTIALS_KEY: key(),
      JWT_SECRET: key(),
      VAULT_PATH: '/srv/vault',
      VAULT_MASTER_KEY_FILE: '/run/secrets/vault-master-key',
      FILESTORE_ROOTS: '/srv/filestores',
    },
    volumes: [
      { from: join(directory, 'vault'), to: '/srv/vault' },
      { from: join(directory, 'filestores'), to: '/srv/filestores' },
      { from: join(directory, 'secrets'), to: '/run/secrets', readOnly: true },
    ],
  };
}

/** A role that may do so much, and its database. */
async function makeDatabase(adminUrl: string, name: string, may: string): Promise<URL> {
  const url = Object.assign(new URL(adminUrl), {
    username: name,
    password: randomBytes(12).toString('hex'),
    pathname: `/${name}`,
  });
  await sql(adminUrl, `CREATE ROLE ${name} LOGIN ${may} PASSWORD '${url.password}'`);
  await sql(adminUrl, `CREATE DATABASE ${name} OWNER ${name}`);
  return url;
}

async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function rootIsReadOnly(setting: Setting): Promise<void> {
  const touch = (path: string) => runOnce(setting, ['sh', '-c', `id -un; touch ${path}/made-by-a-test`]);
  for (const path of ['/app', '/usr/local/bin', '/home/node', '/var/tmp']) {
    const { code, said } = await touch(path);
    assert.ok(code !== 0 && /^node\n.*Read-only file system/s.test(said), `touch ${path}: ${code}, ${said}`);
  }
  for (const path of setting.image.volumes) assert.deepEqual(await touch(path), { code: 0, said: 'node\n' });
}

/** `snapback` of the image, logged in with a token that the image has made. */
async function commandLine(setting: Setting, port: string) {
  const minted = await runOnce(setting, ['node', 'dist/src/auth/token.cli.js', '--permissions', 'all']);
  assert.equal(minted.code, 0, minted.said);
  const env = {
    SNAPBACK_URL: `http://127.0.0.1:${port}`,
    SNAPBACK_TOKEN: minted.said.trim(),
    SNAPBACK_PROJECT: 'shop',
  };
  return async (args: readonly string[], more: Record<string, string> = {}): Promise<string> => {
    const { code, said } = await runOnce(setting, ['snapback', ...args], { ...env, ...more });
    assert.equal(code, 0, `snapback ${args.join(' ')}:\n${said}`);
    return said;
  };
}

async function mainJob({ directory, say }: Place, shop: URL, snapback: Awaited<ReturnType<typeof commandLine>>) {
  const files = join(directory, 'filestores', 'shop');
  await mkdir(files);
  await writeFile(join(files, 'invoice.txt'), 'as it was\n');
  for (const path of [files, join(files, 'invoice.txt')]) await chown(path, NODE_USER, NODE_USER);
  await sql(shop.href, 'CREATE TABLE orders AS SELECT n FROM generate_series(1, 1000) n');
  await snapback(['project', 'create', 'shop']);
  const where = [
    '--host',
    shop.hostname,
    '--port',
    shop.port,
    '--database',
    'shop',
    '--user',
    'shop',
    '--tls',
    'disable',
  ];
  await snapback(['env', 'add', 'production', ...where, '--files', FILES], { PGPASSWORD: shop.password });
  const about = ['--env', 'production'];
  await snapback(['snapshot', 'create', '--label', 'before', '--wait', ...about]);
  say('a snapshot is taken');

  await sql(shop.href, 'DELETE FROM orders WHERE n > 10');
  await writeFile(join(files, 'invoice.txt'), 'broken\n');
  await snapback(['rollback', 'run', 'latest', '--yes', '--wait', ...about]);
  const [row] = await sql(shop.href, 'SELECT count(*)::int AS count FROM orders');
  assert.deepEqual(row, { count: 1000 });
  assert.equal(await readFile(join(files, 'invoice.txt'), 'utf8'), 'as it was\n');
  assert.equal((await stat(files)).uid, NODE_USER);
  say('a rollback brings database and files back');
}

async function vaultAnswers(setting: Setting): Promise<void> {
  const listed = await runOnce(setting, ['snapback-vault', 'list']);
  assert.ok(listed.code === 0 && listed.said.includes('production'), listed.said);
  const checked = await runOnce(setting, ['snapback-vault', 'check', '--read']);
  assert.equal(checked.code, 0, checked.said);
  const helped = await runOnce(setting, ['snapback', 'vault', '--help']);
  assert.equal(helped.code, 0, helped.said);
}

/** A build knows which version it is, in an image too. */
async function processesAreKnown(state: URL, version: string): Promise<void> {
  const versions = await sql(state.href, 'SELECT DISTINCT version FROM service_processes');
  assert.deepEqual(versions, [{ version }]);
}
