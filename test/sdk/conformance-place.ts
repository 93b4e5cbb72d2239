import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { freePort } from '../harness/free-port.js';
import { LAPSED_HEARTBEATS } from '../harness/heartbeats.js';
import { startPostgresServer } from '../harness/postgres-server.js';
import type { PostgresServer } from '../harness/postgres-server.js';
import { madeUpSecret } from '../harness/secret-mark.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { serviceVariables } from '../harness/service-variables.js';

const ROLE = 'conformance';

/** A PostgreSQL server and a service in a process of its own, which can be killed and comes back at the same port. */
export class ConformancePlace {
  private service: ServiceProcess | undefined;

  private constructor(
    private readonly server: PostgresServer,
    private readonly directory: string,
    private readonly password: string,
    readonly port: number,
  ) {}

  static async start(): Promise<ConformancePlace> {
    const directory = await mkdtemp(join(tmpdir(), 'snapback-conformance-'));
    await chmod(directory, 0o755);
    const server = await startPostgresServer();
    const place = new ConformancePlace(server, directory, madeUpSecret(), await freePort());
    try {
      await place.ask(
        server.address('postgres'),
        `CREATE ROLE ${ROLE} LOGIN CREATEDB PASSWORD '${place.password}'`,
        `CREATE DATABASE state OWNER ${ROLE}`,
      );
      await place.startService();
      return place;
    } catch (error) {
      await place.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A database with what these statements make, and a directory with a file, for an environment. */
  async newEnvironment(name: string, ...statements: string[]): Promise<{ database: DatabaseAddress; files: string }> {
    await this.ask(this.server.address('postgres'), `CREATE DATABASE ${name} OWNER ${ROLE}`);
    const database = this.server.address(name, ROLE, this.password);
    await this.ask(database, ...statements);
    const files = join(this.directory, 'filestores', name);
    await mkdir(files, { recursive: true });
    await writeFile(join(files, 'a.txt'), 'alpha\n');
    return { database, files };
  }

  /** Kills it, and resolves when the next one is ready. What it was at is taken up at once, and not when its signs of life have long been missing. */
  async restart(): Promise<void> {
    await this.service?.kill();
    await this.ask(this.server.address('state'), LAPSED_HEARTBEATS);
    await this.startService();
  }

  async stop(): Promise<void> {
    await this.service?.kill();
    await this.server.remove();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async startService(): Promise<void> {
    this.service = await startServiceProcess({
      ...serviceVariables(this.directory, this.server.address('state', ROLE, this.password)),
      PORT: String(this.port),
    });
  }

  /** Each on its own: PostgreSQL makes no database in a transaction. */
  private async ask(address: DatabaseAddress, ...statements: string[]): Promise<void> {
    const { host, port, database, user, password } = address;
    const client = new Client({ host, port, database, user, password, ssl: false, application_name: 'conformance' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
