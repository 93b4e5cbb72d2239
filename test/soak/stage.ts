import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { ask } from '../faults/rollback/slot.js';
import { startPostgresServer } from '../harness/postgres-server.js';
import type { PostgresServer } from '../harness/postgres-server.js';
import { S3Server } from '../harness/s3-server.js';
import { madeUpSecret } from '../harness/secret-mark.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { testToken } from '../harness/tokens.js';
import { serviceVariables } from '../harness/service-variables.js';

/** Short enough for everything that comes round to come round within minutes. */
const SHORT_SETTINGS = { COLLECTION_PAUSE_SECONDS: '5', RETENTION_CRON: '*/20 * * * * *', SHUTDOWN_GRACE_SECONDS: '2' };
/** A start is tried again while a store is away, as whoever runs services does. */
const START_PAUSE_MS = 1_000;

export type Role = 'api' | 'worker';

/** A process of the service that is started again whenever it ends. */
export class KeptAlive {
  private process: ServiceProcess | undefined;
  private stopped = false;
  /** What is wrong with how it ended, when nobody had killed it. */
  readonly surprises: string[] = [];
  starts = 0;
  lines = 0;
  private killed = false;
  private readonly running: Promise<void>;

  /** `main` is that of another build. */
  constructor(
    readonly role: Role,
    private readonly env: NodeJS.ProcessEnv,
    private readonly main?: string,
  ) {
    this.running = this.keep();
  }

  get url(): string | undefined {
    return this.process?.url;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Undefined while it is not there. */
  get current(): ServiceProcess | undefined {
    return this.process;
  }

  /** The lines of its log at level error that name this, since it was started last. */
  errorsAbout(id: string): string[] {
    const lines = this.process?.log().split('\n') ?? [];
    return lines.filter((line) => line.includes(id) && /"level":(50|60|"error")/.test(line));
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.killed = true;
    try {
      if (this.process !== undefined) process.kill(this.process.pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    await this.running;
  }

  private async keep(): Promise<void> {
    while (!this.stopped) {
      try {
        this.killed = false;
        this.process = await startServiceProcess(
          { ...this.env, ROLE: this.role },
          this.main === undefined ? {} : { main: this.main },
        );
        this.starts += 1;
        const { code, signal } = await this.process.ended;
        if (!this.killed)
          this.surprises.push(`${this.role} ended by itself: ${code ?? signal}: ${this.process.log().slice(-500)}`);
        this.lines += this.process.logged().length;
      } catch {
        // A store is away.
      }
      this.process = undefined;
      if (!this.stopped) await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS));
    }
  }
}

/** All that a deployment of the service consists of, each part of it apart and to be broken. */
export class Stage {
  private constructor(
    readonly directory: string,
    readonly state: PostgresServer,
    readonly servers: PostgresServer,
    readonly bucket: S3Server,
    readonly role: { user: string; password: string },
    readonly env: NodeJS.ProcessEnv,
    readonly processes: KeptAlive[],
  ) {}

  /** Everything but the processes. */
  static async start(): Promise<Stage> {
    const directory = await mkdtemp(join(tmpdir(), 'snapback-soak-'));
    await chmod(directory, 0o755);
    await mkdir(join(directory, 'filestores'));
    const [state, servers, bucket] = await Promise.all([
      startPostgresServer(),
      startPostgresServer(),
      S3Server.start(),
    ]);
    const role = { user: `role_${randomBytes(4).toString('hex')}`, password: madeUpSecret() };
    for (const server of [state, servers])
      await ask(server.address('postgres'), `CREATE ROLE ${role.user} LOGIN CREATEDB PASSWORD '${role.password}'`);
    await ask(state.address('postgres'), `CREATE DATABASE state OWNER ${role.user}`);
    const env = {
      ...serviceVariables(directory, state.address('state', role.user, role.password)),
      VAULT_S3_BUCKET: bucket.bucket,
      VAULT_S3_ENDPOINT: bucket.endpoint,
      AWS_ACCESS_KEY_ID: bucket.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: bucket.credentials.secretAccessKey,
      TMPDIR: join(directory, 'tmp'),
      ...SHORT_SETTINGS,
    };
    await mkdir(env.TMPDIR);
    return new Stage(directory, state, servers, bucket, role, env, []);
  }

  /** Another process, of this build or another one. */
  add(role: Role, main?: string): KeptAlive {
    const added = new KeptAlive(role, this.env, main);
    this.processes.push(added);
    return added;
  }

  get filestores(): string {
    return join(this.directory, 'filestores');
  }

  /** For an API process that is there, each time another one. */
  client(): Client {
    const urls = this.processes.flatMap(({ role, current }) => (role === 'api' && current ? [current.url] : []));
    const baseUrl = urls[Math.floor(Math.random() * urls.length)];
    if (baseUrl === undefined) throw new Error('No API process is there.');
    return connect({ baseUrl, token: testToken() });
  }

  /** Runs SQL in the state database, as whoever looks from outside. */
  inState(sql: string): Promise<Record<string, unknown>[]> {
    return ask(this.state.address('state', this.role.user, this.role.password), sql);
  }

  onServers(sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    return ask(this.servers.address(database), sql);
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.stop()));
    await Promise.all([this.state.remove(), this.servers.remove(), this.bucket.stop()]);
    await rm(this.directory, { recursive: true, force: true });
  }
}
