import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { connect } from '../../../sdk/typescript/connect.js';
import type { Client as ApiClient } from '../../../sdk/typescript/generated/client/index.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { LAPSED_HEARTBEATS } from '../../harness/heartbeats.js';
import { startPostgresServer } from '../../harness/postgres-server.js';
import type { PostgresServer } from '../../harness/postgres-server.js';
import { SmallDisk } from '../../harness/small-disk.js';
import { startServiceProcess } from '../../harness/service-process.js';
import type { ServiceProcess } from '../../harness/service-process.js';
import { madeUpSecret } from '../../harness/secret-mark.js';
import { testToken } from '../../harness/tokens.js';
import { serviceVariables } from '../../harness/service-variables.js';
import { stoppingAt } from './stopping.js';

const STARTS = 4;
/** On a small disk the server should not fill it by itself. */
const LITTLE_WAL = { max_wal_size: '64MB', min_wal_size: '32MB' };

/**
 * A PostgreSQL server that holds both the service's state and the environments, an API process and workers: everything
 * that can be killed, apart from everybody else's.
 */
export class Slot {
  private readonly workers = new Set<ServiceProcess>();
  private running: ServiceProcess | undefined;
  /** Several environments are rolled back at once: what lies on the server may be another one's. */
  shared = false;
  /** Those that follow a worker find it lost at once, and do not wait until its heartbeats have been missing for long enough. */
  inAHurry = false;

  /** Where `smallDisks` was asked for, and this user may mount. */
  disks: { files: SmallDisk; database: SmallDisk } | undefined;

  /** Filestores that are mount points. */
  readonly mounts: SmallDisk[] = [];
  private readonly underneath: SmallDisk[] = [];

  private constructor(
    readonly server: PostgresServer,
    private readonly directory: string,
    private readonly env: NodeJS.ProcessEnv,
    readonly role: { user: string; password: string },
  ) {}

  /** `smallDisks`: filestores and PostgreSQL lie on file systems of their own that can be filled. */
  static async start({ smallDisks = false } = {}): Promise<Slot> {
    const directory = await mkdtemp(join(tmpdir(), 'snapback-kill-matrix-'));
    await chmod(directory, 0o755);
    const filestores = join(directory, 'filestores');
    await mkdir(filestores);
    const disks = smallDisks ? await mountDisks(filestores, join(directory, 'postgres')) : undefined;
    const server = await startPostgresServer(disks && { parent: disks.database.directory, settings: LITTLE_WAL });
    const role = { user: `role_${randomBytes(4).toString('hex')}`, password: madeUpSecret() };
    const state = server.address('state', role.user, role.password);
    const slot = new Slot(server, directory, serviceVariables(directory, state), role);
    slot.disks = disks;
    if (disks) slot.underneath.push(disks.files, disks.database);
    await slot.admin(`CREATE ROLE ${role.user} LOGIN CREATEDB PASSWORD '${role.password}'`);
    await slot.admin(`CREATE DATABASE state OWNER ${role.user}`);
    await slot.startApi();
    return slot;
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

  /** One that takes over from a worker that is dead, or stands still. */
  async startNextWorker(): Promise<ServiceProcess> {
    if (this.inAHurry) await ask(this.state, LAPSED_HEARTBEATS);
    return this.startWorker();
  }

  /** See `stoppingAt`. */
  async startStoppingWorker(at: string, clockJumpMs = 0): Promise<ServiceProcess> {
    return this.startWorker(stoppingAt(at, clockJumpMs));
  }

  async end(worker: ServiceProcess): Promise<void> {
    this.workers.delete(worker);
    await worker.kill();
  }

  /** Runs SQL as the server's superuser, on a connection of its own. */
  async admin(sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    return ask(this.server.address(database), sql);
  }

  /** Who waits for which lock at this moment, and what those do who hold it: for what does not end. */
  async waits(): Promise<string> {
    const rows = await this.admin(
      `SELECT format('%s (%s) waits %s for %s of: %s', w.application_name, left(w.query, 120), date_trunc('seconds', now() - w.query_start),
                     (SELECT string_agg(DISTINCT l.locktype || ' ' || coalesce(l.relation::regclass::text, l.objid::text, ''), ', ')
                        FROM pg_locks l WHERE l.pid = w.pid AND NOT l.granted),
                     (SELECT string_agg(format('%s %s for %s (%s)', h.application_name, h.state, date_trunc('seconds', now() - h.state_change),
                                               left(h.query, 120)), '; ')
                        FROM pg_stat_activity h WHERE h.pid = ANY (pg_blocking_pids(w.pid)))) AS wait
         FROM pg_stat_activity w WHERE cardinality(pg_blocking_pids(w.pid)) > 0`,
      'state',
    ).catch((error: Error) => [{ wait: `nobody can say: ${error.message}` }]);
    return rows.length === 0 ? 'Nobody waits for a lock.' : rows.map(({ wait }) => String(wait)).join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.kill()));
    await this.running?.kill();
    await this.server.remove();
    for (const mount of this.mounts) await mount.unmount();
    for (const disk of this.underneath) await disk.unmount();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** 64 MiB hold the files of many environments, 768 MiB a server with the databases of a few. */
async function mountDisks(files: string, database: string): Promise<Slot['disks']> {
  const mounted = await Promise.all([SmallDisk.mount(files, 64), SmallDisk.mount(database, 768)]);
  const [filesDisk, databaseDisk] = mounted;
  if (filesDisk && databaseDisk) return { files: filesDisk, database: databaseDisk };
  for (const disk of mounted) await disk?.unmount();
  return undefined;
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
