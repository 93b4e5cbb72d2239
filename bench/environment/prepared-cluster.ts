import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { createRoleAndDatabase } from '../../src/database/embedded/create-role-and-database.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';
import { cacheDirectory } from '../dataset/cache-directory.js';
import { copyTree } from '../machine/copy-tree.js';
import { FIRST_SUMMARISING } from '../machine/postgres-wheels.js';
import { runProgram } from '../machine/program.js';
import { pathOfClientPrograms } from './client-programs.js';
import { contentSql } from './database-content.js';
import { databaseSize } from './scale.js';
import { BUILD_SETTINGS, serverSettings, settingsFile } from './server-settings.js';

/** Raise it when the same scale gives another database. */
const VERSION = 1;
const FACTS_FILE = 'bench-facts.json';
const SETTINGS_FILE = 'bench.conf';

/** Who owns the database: no superuser, may create databases. */
export const APP_ROLE = 'bench_app';
export const APP_DATABASE = 'bench_app';

export interface PreparedCluster {
  /** A server's directory for `startEmbeddedPostgres`. Nobody may start it: work on a copy. */
  directory: string;
  /** Of `APP_ROLE`. */
  password: string;
  databaseBytes: number;
  /** How the server is set. */
  settings: Record<string, string>;
}

type ClusterFacts = Omit<PreparedCluster, 'directory' | 'settings'>;

/** A server with the standard database at this scale, at rest; made on first use and kept in the user's cache. */
export async function openPreparedCluster(
  scale: number,
  workDirectory: string,
  signal: AbortSignal,
): Promise<PreparedCluster> {
  const { major } = await findProgram('postgres');
  const directory = join(cacheDirectory(), `postgres-v${VERSION}-pg-${major}-scale-${scale}`);
  const known = await readFile(join(directory, FACTS_FILE), 'utf8').catch(() => undefined);
  const settings = serverSettings(major);
  if (known !== undefined) return { directory, settings, ...(JSON.parse(known) as ClusterFacts) };
  console.log(`The database of scale ${scale} is made, once.`);
  // Where the server's own user may pass; the cache may lie in root's home.
  const home = join(workDirectory, 'preparing');
  const facts = await prepare(home, scale, major, signal);
  await writeFile(join(home, FACTS_FILE), JSON.stringify(facts), { mode: 0o600 });
  const unfinished = `${directory}.building`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(cacheDirectory(), { recursive: true });
  await copyTree(home, unfinished, signal);
  await rm(home, { recursive: true });
  // The name comes last: a directory that has it is whole.
  await rename(unfinished, directory);
  return { directory, settings, ...facts };
}

async function prepare(home: string, scale: number, major: number, signal: AbortSignal): Promise<ClusterFacts> {
  const password = randomBytes(12).toString('hex');
  // The first start makes the cluster; only then there is a configuration to add to.
  await (await startEmbeddedPostgres({ dataDir: home })).stop();
  await appendFile(join(home, 'cluster', 'postgresql.conf'), `include '${SETTINGS_FILE}'\n`);
  await useSettings(home, BUILD_SETTINGS);
  const server = await startEmbeddedPostgres({ dataDir: home });
  let databaseBytes: number;
  try {
    const wanted = { role: APP_ROLE, password, database: APP_DATABASE, createdb: true };
    await createRoleAndDatabase(server.url, wanted);
    if (major >= FIRST_SUMMARISING) await letCheckpoint(server.url);
    databaseBytes = await fill(server, password, scale, signal);
  } finally {
    await server.stop();
  }
  await useSettings(home, serverSettings(major));
  return { password, databaseBytes };
}

/** Without it the server's log is asked nothing. */
async function letCheckpoint(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`GRANT pg_checkpoint TO ${APP_ROLE}`).finally(() => client.end());
}

async function useSettings(home: string, settings: Record<string, string>): Promise<void> {
  const path = join(home, 'cluster', SETTINGS_FILE);
  await writeFile(path, settingsFile(settings));
  const { uid, gid } = await stat(join(home, 'cluster'));
  await runProgram('chown', [`${uid}:${gid}`, path], { signal: AbortSignal.timeout(10_000) });
}

async function fill(server: EmbeddedPostgres, password: string, scale: number, signal: AbortSignal): Promise<number> {
  const { host, port } = server;
  const size = databaseSize(scale);
  await runProgram('pgbench', ['--initialize', '--quiet', `--scale=${size.pgbenchScale}`, '--init-steps=dtgp'], {
    signal,
    env: {
      PATH: await pathOfClientPrograms(),
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: APP_ROLE,
      PGDATABASE: APP_DATABASE,
      PGPASSWORD: password,
    },
  });
  const client = new Client({ host, port, user: APP_ROLE, database: APP_DATABASE, password });
  await client.connect();
  try {
    for (const statement of contentSql(size)) {
      signal.throwIfAborted();
      await client.query(statement);
    }
    // What a server that has run for a while has done: rows are marked as visible to all.
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT').catch(() => undefined);
    const { rows } = await client.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
