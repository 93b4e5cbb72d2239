import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { addExtension, installationWith } from '../harness/postgres-installation.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { madeUpSecret } from '../harness/secret-mark.js';
import { testToken } from '../harness/tokens.js';
import { serviceVariables } from '../harness/service-variables.js';
import { ask } from './ask.js';
import { CONFIGURATION_EXTENSION } from './configuration-extension.js';
import { removeWhenWeEnd } from './guard.js';

const STATE = 'corpus_state';

/** More locks than usual: a database of 100,000 tables is dumped in one transaction. */
const SERVER_SETTINGS = { max_locks_per_transaction: '2048', max_wal_size: '4GB', shared_buffers: '256MB' };

/** A server, and a service that holds its state there, for databases of the corpus. All of it ends with this process. */
export class World {
  private constructor(
    readonly directory: string,
    readonly server: PostgresServer,
    private readonly service: ServiceProcess,
    /** The directory of programs that was meant before. */
    private readonly formerPrograms: string | undefined,
  ) {}

  /** `programs`: of an installation that is ours to change; default: this machine's, once more. */
  static async start({ programs }: { programs?: string } = {}): Promise<World> {
    const directory = await mkdtemp(join(tmpdir(), 'snapback-corpus-'));
    removeWhenWeEnd(directory);
    await chmod(directory, 0o755);
    const filestores = join(directory, 'filestores');
    await mkdir(filestores);
    // The server's own programs, and those the service runs, are this installation's.
    const formerPrograms = process.env['PG_BIN'];
    if (programs !== undefined) await addExtension(CONFIGURATION_EXTENSION, programs);
    process.env['PG_BIN'] = programs ?? (await installationWith(CONFIGURATION_EXTENSION, join(directory, 'postgres')));
    const server = await PostgresServer.start({ parent: directory, settings: SERVER_SETTINGS });
    const password = madeUpSecret();
    try {
      await ask(server.address('postgres'), `CREATE ROLE ${STATE} LOGIN CREATEDB PASSWORD '${password}'`);
      await ask(server.address('postgres'), `CREATE DATABASE ${STATE} OWNER ${STATE}`);
      const service = await startServiceProcess({
        ...serviceVariables(directory, server.address(STATE, STATE, password)),
        PG_BIN: process.env['PG_BIN'],
      });
      return new World(directory, server, service, formerPrograms);
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  get filestores(): string {
    return join(this.directory, 'filestores');
  }

  /** A new token each time: a corpus takes longer than one is good for. */
  get client(): Client {
    return connect({ baseUrl: this.service.url, token: testToken() });
  }

  /** As the superuser. */
  address(database: string): DatabaseAddress {
    return this.server.address(database);
  }

  async asSuperuser(sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    return ask(this.address(database), sql);
  }

  /** With its subscriptions, which would keep it; nothing here is connected to anything that would miss them. */
  async dropDatabase(name: string): Promise<void> {
    await dropSubscriptions(this.address(name));
    await this.asSuperuser(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  }

  async stop(): Promise<void> {
    await this.service.kill();
    await this.server.remove();
    if (this.formerPrograms === undefined) delete process.env['PG_BIN'];
    else process.env['PG_BIN'] = this.formerPrograms;
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function dropSubscriptions(address: DatabaseAddress): Promise<void> {
  const subscriptions = await ask<{ name: string }>(
    address,
    `SELECT quote_ident(subname) AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
      WHERE d.datname = current_database()`,
  ).catch(() => []);
  for (const { name } of subscriptions) {
    await ask(
      address,
      `ALTER SUBSCRIPTION ${name} DISABLE; ALTER SUBSCRIPTION ${name} SET (slot_name = NONE); DROP SUBSCRIPTION ${name}`,
    );
  }
}
