import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import type { Dataset } from '../dataset/dataset.js';
import { copyOver, copyTree } from '../machine/copy-tree.js';
import { processorSeconds } from '../machine/processor-time.js';
import { runProgram } from '../machine/program.js';
import { pathOfClientPrograms } from './client-programs.js';
import { changeSql } from './database-content.js';
import { APP_DATABASE, APP_ROLE, type PreparedCluster } from './prepared-cluster.js';
import type { DatabaseSize } from './scale.js';

export interface EnvironmentSource {
  cluster: PreparedCluster;
  size: DatabaseSize;
  dataset: Dataset;
}

/** The standard environment, running: a copy of what was prepared, which may be changed. */
export class BenchEnvironment {
  private endedServersSeconds = 0;

  private constructor(
    private readonly directory: string,
    readonly filestore: string,
    private server: EmbeddedPostgres,
    private readonly source: EnvironmentSource,
    private readonly path: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Copies and starts it below a directory that does not exist yet and that the server's user may reach. */
  static async start(directory: string, source: EnvironmentSource, signal: AbortSignal): Promise<BenchEnvironment> {
    const [home, filestore] = [join(directory, 'postgres'), join(directory, 'filestore')];
    await mkdir(directory);
    await copyTree(source.cluster.directory, home, signal);
    await copyTree(source.dataset.base, filestore, signal);
    const server = await startEmbeddedPostgres({ dataDir: home });
    return new BenchEnvironment(directory, filestore, server, source, await pathOfClientPrograms(), signal);
  }

  /** As the environment's own role. A secret: it has the password. */
  get connection() {
    const { host, port } = this.server;
    return { host, port, database: APP_DATABASE, user: APP_ROLE, password: this.source.cluster.password };
  }

  /** What PostgreSQL's programs need to connect as that role. */
  get clientEnv(): Record<string, string> {
    const { host, port, database, user, password } = this.connection;
    return {
      PATH: this.path,
      PGHOST: host,
      PGPORT: String(port),
      PGDATABASE: database,
      PGUSER: user,
      PGPASSWORD: password,
    };
  }

  /** The server's data directory. */
  get cluster(): string {
    return join(this.server.directory, 'cluster');
  }

  /** What libpq needs to connect as a superuser. A secret: it has the password. */
  get superuserEnv(): Record<string, string> {
    const { host, port, superuser, password } = this.server;
    return { PGHOST: host, PGPORT: String(port), PGUSER: superuser, PGPASSWORD: password };
  }

  /** Rows and files become those of the changed version. */
  async change(): Promise<void> {
    await this.withClient(async (client) => {
      for (const statement of changeSql(this.source.size)) {
        this.signal.throwIfAborted();
        await client.query(statement);
      }
    });
    await copyOver(this.source.dataset.changes, this.filestore, this.signal);
  }

  /**
   * Throws unless rows and files are what was prepared. `who` has restored them. The rows are compared by their number
   * and a sum of hashes: enough to notice a restore that went wrong.
   */
  async requireOriginal(who: string, original: string): Promise<void> {
    if ((await this.fingerprint()) !== original) throw new Error(`${who} has not restored the rows.`);
    const { base } = this.source.dataset;
    await runProgram('diff', ['--recursive', '--brief', base, this.filestore], { signal: this.signal }).catch(
      (cause: unknown) => {
        throw new Error(`${who} has not restored the files.`, { cause });
      },
    );
  }

  async fingerprint(): Promise<string> {
    return this.withClient(async (client) => {
      const { rows } = await client.query(
        `SELECT (SELECT concat_ws(' ', count(*), sum(hashtext(l::text)::bigint)) FROM order_lines l) AS lines,
                (SELECT concat_ws(' ', count(*), sum(hashtext(c::text)::bigint)) FROM customers c) AS customers,
                (SELECT count(*) FROM pg_indexes) AS indexes, (SELECT count(*) FROM orders_by_day) AS days`,
      );
      return JSON.stringify(rows[0]);
    });
  }

  /** Writes out what the server has in memory, so that nobody has to do it in somebody else's time. */
  async checkpoint(): Promise<void> {
    const client = new Client({ connectionString: this.server.url });
    await client.connect();
    await client.query('CHECKPOINT').finally(() => client.end());
  }

  async withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client(this.connection);
    await client.connect();
    return work(client).finally(() => client.end());
  }

  /** Of the server, however often it was started. */
  async serverProcessorSeconds(): Promise<number> {
    return this.endedServersSeconds + (await processorSeconds(this.server.pid));
  }

  /** Works on the server's data directory while it does not run, and starts it again. */
  async whileStopped<T>(work: (cluster: string) => Promise<T>): Promise<T> {
    this.endedServersSeconds = await this.serverProcessorSeconds();
    const { cluster } = this;
    await this.server.stop();
    return work(cluster).finally(async () => {
      this.server = await startEmbeddedPostgres({ dataDir: join(this.directory, 'postgres') });
    });
  }

  /** Stops the server and removes everything. */
  async remove(): Promise<void> {
    await this.server.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
