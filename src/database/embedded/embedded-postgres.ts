import { join } from 'node:path';
import { Client } from 'pg';
import { findProgram } from '../../engine/postgres/programs/programs.js';
import { createDatabase } from './create-role-and-database.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { chooseHome } from './home-directory.js';
import { type Cluster, openCluster, SUPERUSER } from './open-cluster.js';
import { endOrphanServer } from './orphan-server.js';
import { acquireOwnerLock } from './owner-lock.js';
import { readRememberedPort, rememberPort } from './port.js';
import { HOST, runServer } from './run-server.js';
import { findServerUser } from './server-user.js';

/** The service's own database in the server. */
const SERVICE_DATABASE = 'snapback';

export interface EmbeddedPostgresOptions {
  /** Where the server's files are kept; created when missing. */
  dataDir: string;
  /** A fixed port; the one of the last start when it is free, or any, when left out. */
  port?: number;
  /** Where files go when PostgreSQL's operating-system user may not enter `dataDir`; /var/lib/snapback when left out. */
  elsewhere?: string;
  /** Receives sentences for a person, without secrets. */
  log?: (message: string) => void;
}

export interface EmbeddedPostgres {
  /** Connection URL of the superuser for the service's own database. A secret: it has the password. */
  url: string;
  host: string;
  port: number;
  superuser: string;
  password: string;
  /** Where the server's files really are: `dataDir`, or the directory that stands in for it. */
  directory: string;
  /** The server's process. */
  pid: number;
  /** Shuts the server down in order and gives the directory free. */
  stop(): Promise<void>;
}

/**
 * Starts the service's own PostgreSQL, creating its cluster on the first start. The server listens on
 * the loopback address only, ends with our process whatever that dies of, and belongs to one process at a time.
 * Rejects with `EmbeddedPostgresError`, and with `EngineError('client-tools-missing')` when PostgreSQL's programs
 * are not found; nothing is left running then.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined);
  const user = await findServerUser();
  const directory = await chooseHome(options.dataDir, user, { elsewhere: options.elsewhere, log });
  const lock = await acquireOwnerLock(join(directory, 'owner.lock'));
  try {
    await endOrphanServer(join(directory, 'cluster'), log);
    const cluster = await openCluster(directory, user);
    const server = await runServer({
      postgres: await postgresOf(cluster),
      cluster: cluster.directory,
      logFile: join(directory, 'server.log'),
      port: options.port,
      preferredPort: await readRememberedPort(directory),
      user,
      log,
    });
    await ensureServiceDatabase(server.port, cluster.superuserPassword).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    await rememberPort(directory, server.port);
    log(`PostgreSQL ${cluster.major} runs on ${HOST}:${server.port}, its files are in ${directory}.`);
    return {
      url: urlOfEmbedded(server.port, cluster.superuserPassword),
      host: HOST,
      port: server.port,
      superuser: SUPERUSER,
      password: cluster.superuserPassword,
      directory,
      pid: server.pid,
      stop: () => server.stop().then(() => lock.release()),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function postgresOf({ directory, major }: Cluster): Promise<string> {
  const program = await findProgram('postgres', { preferMajor: major });
  if (program.major === major) return program.path;
  throw new EmbeddedPostgresError(
    'version-unavailable',
    `The embedded database in ${directory} was created by PostgreSQL ${major}, and only version ${program.major} was found; ` +
      `install PostgreSQL ${major} too, or choose another data directory.`,
  );
}

async function ensureServiceDatabase(port: number, password: string): Promise<void> {
  const client = new Client({ connectionString: urlOf(port, password, 'postgres') });
  await client.connect();
  await createDatabase(client, SERVICE_DATABASE).finally(() => client.end());
}

/** Connection URL of the superuser for the service's own database. */
export function urlOfEmbedded(port: number, password: string): string {
  return urlOf(port, password, SERVICE_DATABASE);
}

function urlOf(port: number, password: string, database: string): string {
  return `postgresql://${SUPERUSER}:${password}@${HOST}:${port}/${database}`;
}
