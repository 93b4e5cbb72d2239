import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { connect } from '../../../sdk/typescript/connect.js';
import type { Client as ApiClient } from '../../../sdk/typescript/generated/client/index.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/database-address.js';
import { startPostgresServer } from '../../harness/postgres-server.js';
import type { PostgresServer } from '../../harness/postgres-server.js';
import { startServiceProcess } from '../../harness/service-process.js';
import type { ServiceProcess } from '../../harness/service-process.js';
import { TEST_SECRET, testToken } from '../../harness/tokens.js';

const STARTS = 4;
const STOP_AT = pathToFileURL(join(import.meta.dirname, 'stop-at.mjs')).href;

/**
 * A PostgreSQL server that holds both the service's state and the environments, an API process and workers: everything
 * that can be killed, apart from everybody else's.
 */
export class Lane {
  private readonly workers = new Set<ServiceProcess>();
  private running: ServiceProcess | undefined;
  /** Several environments are rolled back at once: what lies on the server may be another one's. */
  shared = false;

  private constructor(
    readonly server: PostgresServer,
    private readonly directory: string,
    private readonly env: NodeJS.ProcessEnv,
    readonly role: { user: string; password: string },
  ) {}

  static async start(): Promise<Lane> {
    const server = await startPostgresServer();
    const directory = await mkdtemp(join(tmpdir(), 'snapback-kill-matrix-'));
    await chmod(directory, 0o755);
    const filestores = join(directory, 'filestores');
    await mkdir(filestores);
    const role = { user: `role_${randomBytes(4).toString('hex')}`, password: randomBytes(8).toString('hex') };
    const state = server.address('state', role.user, role.password);
    const lane = new Lane(
      server,
      directory,
      {
        DATABASE_URL: `postgres://${role.user}:${role.password}@${state.host}:${state.port}/state`,
        DATA_DIR: join(directory, 'data'),
        FILESTORE_ROOTS: filestores,
        JWT_SECRET: TEST_SECRET,
        CREDENTIALS_KEY: Buffer.alloc(32, 7).toString('base64'),
        VAULT_MASTER_KEY: Buffer.alloc(32, 8).toString('base64'),
      },
      role,
    );
    await lane.admin(`CREATE ROLE ${role.user} LOGIN CREATEDB PASSWORD '${role.password}'`);
    await lane.admin(`CREATE DATABASE state OWNER ${role.user}`);
    await lane.startApi();
    return lane;
  }

  get filestores(): string {
    return join(this.directory, 'filestores');
  }

  get state(): DatabaseAddress {
    return this.server.address('state', this.role.user, this.role.password);
  }

  /** For the API process there is now. */
  client(): ApiClient {
    return connect({ baseUrl: this.running!.url, token: testToken() });
  }

  async startApi(): Promise<void> {
    this.running = await started({ ...this.env, ROLE: 'api' });
  }

  async killApi(): Promise<void> {
    await this.running?.kill();
  }

  async startWorker(env: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
    const worker = await started({ ...this.env, ROLE: 'worker', ROLLBACK_CONCURRENCY: '8', ...env });
    this.workers.add(worker);
    return worker;
  }

  /** A worker that stops itself at a step of the journal, `step:before` or `step:after`. */
  async startStoppingWorker(at: string): Promise<ServiceProcess> {
    return this.startWorker({ STOP_AT: at, NODE_OPTIONS: `--import=${STOP_AT}` });
  }

  async end(worker: ServiceProcess): Promise<void> {
    this.workers.delete(worker);
    await worker.kill();
  }

  /** Runs SQL as the server's superuser, on a connection of its own. */
  async admin(sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    return ask(this.server.address(database), sql);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.kill()));
    await this.running?.kill();
    await this.server.remove();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** On a machine that is busy with other things a start may take longer than the harness allows it. */
async function started(env: NodeJS.ProcessEnv): Promise<ServiceProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startServiceProcess(env);
    } catch (error) {
      if (attempt === STARTS) throw error;
    }
  }
}

export async function ask(address: DatabaseAddress, sql: string): Promise<Record<string, unknown>[]> {
  const { host, port, database, user, password } = address;
  const client = new Client({ host, port, database, user, password, ssl: false, application_name: 'kill matrix' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result: unknown = await client.query(sql);
    return ((Array.isArray(result) ? result.at(-1) : result) as { rows: Record<string, unknown>[] }).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
