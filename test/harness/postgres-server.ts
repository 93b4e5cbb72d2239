import { spawn, type ChildProcess, execFile } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';
import { freePort } from './free-port.js';
import { operatingSystemUser } from './postgres-os-user.js';
import { madeUpSecret } from './secret-mark.js';
import { serverPlace } from './server-place.js';

const run = promisify(execFile);

/** Directories of test servers begin with this, so that leftovers of killed runs can be recognised. */
export const SERVER_DIRECTORY_PREFIX = 'snapback-test-postgres-';
/** In each of these directories: the id of the process whose tests it serves. */
export const OWNER_FILE = 'owner.pid';

const SUPERUSER = 'postgres';
const START_TIMEOUT_MS = 30_000;
const SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;
/** A free port can be taken between being found and being used. */
const START_ATTEMPTS = 3;

export interface PostgresServerOptions {
  /** How clients over TCP prove who they are; default `scram-sha-256`. */
  auth?: 'scram-sha-256' | 'md5' | 'trust';
  /** Added to, or in place of, the settings below. */
  settings?: Record<string, string>;
  /** Added to the server's environment, such as a place of locales. */
  environment?: Record<string, string>;
  /** Its directory is made in this one; default `serverPlace()`, in memory where that has room: not for much data. */
  parent?: string;
}

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  // Nothing here has to survive a power cut, and tests are many.
  fsync: 'off',
  full_page_writes: 'off',
  max_prepared_transactions: '10',
  wal_level: 'logical',
  max_connections: '200',
  lc_messages: 'C',
};

/** A throw-away PostgreSQL cluster in a directory of its own, gone with the process that started it. */
export class PostgresServer {
  readonly host = '127.0.0.1';
  private child: ChildProcess | undefined;

  private constructor(
    readonly directory: string,
    readonly superuserPassword: string,
    private readonly settings: Record<string, string>,
    private readonly environment: Record<string, string>,
    private currentPort: number,
  ) {}

  static async start(options: PostgresServerOptions = {}): Promise<PostgresServer> {
    const directory = await mkdtemp(join(options.parent ?? (await serverPlace()), SERVER_DIRECTORY_PREFIX));
    const password = madeUpSecret();
    const { environment = {} } = options;
    const server = new PostgresServer(directory, password, { ...SETTINGS, ...options.settings }, environment, 0);
    try {
      await writeFile(join(directory, OWNER_FILE), String(process.pid));
      await server.initialise(options.auth ?? 'scram-sha-256');
      await server.startOnFreePort();
      return server;
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  get port(): number {
    return this.currentPort;
  }

  /** False also when it has ended by itself. */
  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** For the superuser and the database `postgres`. */
  get adminUrl(): string {
    return `postgres://${SUPERUSER}:${this.superuserPassword}@${this.host}:${this.port}/postgres`;
  }

  address(database: string, user = SUPERUSER, password = this.superuserPassword): DatabaseAddress {
    return { host: this.host, port: this.port, database, user, password, tls: 'disable' };
  }

  /** `kill` leaves the server's other processes a moment to notice. Does nothing when it is not running. */
  async stop(mode: keyof typeof SIGNALS = 'fast'): Promise<void> {
    const { child } = this;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(SIGNALS[mode]);
      await ended;
    }
    this.child = undefined;
  }

  /** On the same port. */
  async restart(mode: keyof typeof SIGNALS = 'fast'): Promise<void> {
    await this.stop(mode);
    await this.launch();
  }

  /** Stops the server and removes its directory. */
  async remove(): Promise<void> {
    await this.stop('immediate');
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private async initialise(auth: string): Promise<void> {
    const { uid, gid } = await operatingSystemUser();
    const data = join(this.directory, 'data');
    const passwordFile = join(this.directory, 'password');
    await mkdir(data, { mode: 0o700 });
    await writeFile(passwordFile, this.superuserPassword, { mode: 0o600 });
    for (const path of [this.directory, data, passwordFile]) await chown(path, uid, gid);
    const initdb = await findProgram('initdb');
    const options = ['--encoding=UTF8', '--locale=C', '--no-sync', `--username=${SUPERUSER}`];
    const access = ['--auth-local=trust', `--auth-host=${auth}`, `--pwfile=${passwordFile}`];
    await run(initdb.path, [...options, ...access, `--pgdata=${data}`], {
      uid,
      gid,
      cwd: this.directory,
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    });
  }

  private async startOnFreePort(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.currentPort = await freePort();
      try {
        return await this.launch();
      } catch (error) {
        if (attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  private async launch(): Promise<void> {
    const { uid, gid } = await operatingSystemUser();
    const postgres = await findProgram('postgres');
    const settings = { ...this.settings, port: String(this.port), unix_socket_directories: this.directory };
    const serverArguments = ['-D', join(this.directory, 'data')];
    for (const [name, value] of Object.entries(settings)) serverArguments.push('-c', `${name}=${value}`);
    const [command, ...rest] = diesWithUs(uid, gid, [postgres.path, ...serverArguments]);
    const log = openSync(this.logFile, 'a');
    try {
      this.child = spawn(command!, rest, {
        stdio: ['ignore', log, log],
        cwd: this.directory,
        env: { PATH: process.env['PATH'], LC_ALL: 'C', ...this.environment },
      });
    } finally {
      closeSync(log);
    }
    await this.waitUntilReady(this.child);
  }

  private async waitUntilReady(child: ChildProcess): Promise<void> {
    let failure: unknown;
    child.once('error', (error) => (failure = error));
    for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(20)) {
      if (failure || child.exitCode !== null || child.signalCode !== null) break;
      const client = new Client({ connectionString: this.adminUrl, ssl: false });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return;
      } catch {
        // Not yet.
      } finally {
        await client.end().catch(() => undefined);
      }
    }
    await this.stop('immediate');
    const log = await readFile(this.logFile, 'utf8').catch(() => '');
    throw new Error(`The test server did not start.\n${log.slice(-2_000)}`, { cause: failure });
  }

  private get logFile(): string {
    return join(this.directory, 'server.log');
  }
}

export async function startPostgresServer(options?: PostgresServerOptions): Promise<PostgresServer> {
  return PostgresServer.start(options);
}

/** The same command, run by the server's user and ended by the kernel when this process ends. */
function diesWithUs(uid: number, gid: number, command: string[]): string[] {
  if (process.platform !== 'linux') return command;
  // Changing the user clears the request to die with the parent, so setpriv has to do both, in its order.
  const user = process.getuid?.() === 0 ? [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] : [];
  return ['setpriv', ...user, '--pdeathsig', 'KILL', ...command];
}
