import { Client } from 'pg';
import { FIRST_SUMMARISING } from '../../bench/machine/postgres-wheels.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';
import { PostgresServer } from '../harness/postgres-server.js';

export const LIVE = 'app';
/** Databases that snapshots are restored into. */
export type Scratch = 'scratch_full' | 'scratch_differential' | 'scratch_plain';

const SETTINGS = {
  // What vacuum does, and when, is the dice's to say.
  autovacuum: 'off',
  max_prepared_transactions: '20',
  lo_compat_privileges: 'on',
  jit: 'off',
};

/**
 * A role that may read everything and change nothing: a full snapshot taken by it leaves no mark, so that the base
 * of the differentials stays what it is.
 */
const READER = 'reader';

/** A throw-away server with the database the model changes, and its roles. */
export class Cluster {
  private constructor(
    readonly server: PostgresServer,
    /** The server's major version. */
    readonly major: number,
  ) {}

  static async start(): Promise<Cluster> {
    const { major } = await findProgram('postgres');
    const summarising: Record<string, string> = major >= FIRST_SUMMARISING ? { summarize_wal: 'on' } : {};
    const server = await PostgresServer.start({ auth: 'trust', settings: { ...SETTINGS, ...summarising } });
    const cluster = new Cluster(server, major);
    await cluster.administer(
      `CREATE ROLE app_owner LOGIN; CREATE ROLE clerk; CREATE ROLE guest;
       CREATE ROLE ${READER} LOGIN BYPASSRLS IN ROLE pg_read_all_data`,
    );
    await cluster.createLive();
    return cluster;
  }

  get summarises(): boolean {
    return this.major >= FIRST_SUMMARISING;
  }

  get live(): DatabaseAddress {
    return this.server.address(LIVE);
  }

  get liveForReader(): DatabaseAddress {
    return this.server.address(LIVE, READER);
  }

  scratch(name: Scratch): DatabaseAddress {
    return this.server.address(name);
  }

  async createLive(): Promise<void> {
    await this.administer(`CREATE DATABASE ${LIVE} OWNER app_owner TEMPLATE template0`);
  }

  /** What is live gets one name, and what has the other one is live, and open. */
  async swap(kept: string, live: string): Promise<void> {
    await this.administer(`ALTER DATABASE ${LIVE} RENAME TO "${kept}"; ALTER DATABASE "${live}" RENAME TO ${LIVE}`);
    await this.administer(`ALTER DATABASE ${LIVE} ALLOW_CONNECTIONS true CONNECTION LIMIT -1`);
  }

  async drop(database: string): Promise<void> {
    await this.administer(`DROP DATABASE "${database}" WITH (FORCE)`);
  }

  async dropLive(): Promise<void> {
    await this.administer(`DROP DATABASE ${LIVE} WITH (FORCE)`);
  }

  /** Empty, whatever it was before. */
  async emptyScratch(name: Scratch): Promise<DatabaseAddress> {
    await this.administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await this.administer(`CREATE DATABASE ${name} TEMPLATE template0`);
    return this.scratch(name);
  }

  async dropScratch(name: Scratch): Promise<void> {
    await this.administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  /** The caller ends it. A crash of the server is no unhandled error. */
  async connect(address: DatabaseAddress = this.live): Promise<Client> {
    const { host, port, database, user, password } = address;
    const client = new Client({ host, port, database, user, password, ssl: false, application_name: 'model' });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  remove(): Promise<void> {
    return this.server.remove();
  }

  private async administer(statements: string): Promise<void> {
    const client = await this.connect(this.server.address('postgres'));
    try {
      await client.query(statements);
    } finally {
      await client.end();
    }
  }
}
