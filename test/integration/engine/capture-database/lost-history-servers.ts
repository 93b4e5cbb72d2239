import { execFile } from 'node:child_process';
import { chown, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import { findProgram } from '../../../../src/engine/postgres/programs/programs.js';
import { query } from '../../../harness/database.js';
import { operatingSystemUser } from '../../../harness/postgres-os-user.js';
import { type PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { captureInMemory, type MemoryCapture } from './memory-capture.js';
import { expectExact, expectNoneReused } from './read-again.js';

const run = promisify(execFile);
const WITHIN = { timeout: 30_000, interval: 50 };

/** Transactions of one file of the commit log, and its bytes. */
const TRANSACTIONS_A_FILE = 1_048_576;
const BYTES_A_FILE = 262_144;

/** Servers whose files are copied, exchanged and tampered with, removed together. */
export class LostHistoryServers {
  private readonly servers: PostgresServer[] = [];

  private second: PostgresServer | undefined;
  /** What `withRows` made first, and a copy of its files as they were. */
  private made: { server: PostgresServer; files: string } | undefined;

  /** One with the database `app` and 1000 rows in its table `t`: the same one each time, with its files as they were. */
  async withRows(): Promise<{ server: PostgresServer; address: DatabaseAddress }> {
    if (this.made) {
      const { server, files } = this.made;
      await server.stop('immediate');
      await this.copyFiles(files, server);
      await server.restart();
      return { server, address: server.address('app') };
    }
    const server = await this.start();
    const address = server.address('app');
    await query(server.address('postgres'), 'CREATE DATABASE app');
    await query(address, `CREATE TABLE t AS SELECT n, 'first' AS state FROM generate_series(1, 1000) n`);
    await query(address, 'ALTER TABLE t ADD PRIMARY KEY (n)');
    const files = join(server.directory, 'as-it-was');
    await server.stop();
    await run('cp', ['-a', this.data(server), files]);
    await server.restart();
    this.made = { server, files };
    return { server, address };
  }

  async start(): Promise<PostgresServer> {
    // Trusting: a copied cluster has another one's password.
    const started = await startPostgresServer({ auth: 'trust', settings: { autovacuum: 'off' } });
    this.servers.push(started);
    return started;
  }

  /** A second one, stopped: the same one each time. */
  async another(): Promise<PostgresServer> {
    this.second ??= await this.start();
    await this.second.stop('immediate');
    return this.second;
  }

  /** A standby that streams from the primary and has all that it has. */
  async streamingStandby(primary: PostgresServer): Promise<{ standby: PostgresServer; there: DatabaseAddress }> {
    const standby = await this.another();
    await rm(this.data(standby), { recursive: true });
    const from = ['-h', primary.host, '-p', String(primary.port), '-U', 'postgres'];
    const how = ['--checkpoint=fast', '--no-sync', '--write-recovery-conf', '--wal-method=stream'];
    await this.program('pg_basebackup', [...from, ...how, '-D', this.data(standby)]);
    await standby.restart();
    await this.caughtUp(standby, primary);
    return { standby, there: standby.address('app') };
  }

  async caughtUp(standby: PostgresServer, primary: PostgresServer): Promise<void> {
    const [now] = await query<{ lsn: string }>(primary.address('postgres'), 'SELECT pg_current_wal_lsn()::text AS lsn');
    const replayed = `SELECT WHERE pg_last_wal_replay_lsn() >= '${now!.lsn}'`;
    await vi.waitUntil(async () => (await query(standby.address('postgres'), replayed)).length > 0, WITHIN);
  }

  async stopStreaming(standby: PostgresServer): Promise<void> {
    await query(standby.address('postgres'), `ALTER SYSTEM SET primary_conninfo = ''`);
    await query(standby.address('postgres'), 'SELECT pg_reload_conf()');
    const receivers = 'SELECT FROM pg_stat_wal_receiver';
    await vi.waitUntil(async () => (await query(standby.address('postgres'), receivers)).length === 0, WITHIN);
  }

  async remove(): Promise<void> {
    this.made = undefined;
    this.second = undefined;
    await Promise.all(this.servers.splice(0).map((one) => one.remove()));
  }

  data(of: PostgresServer): string {
    return join(of.directory, 'data');
  }

  /** Copies a stopped server's files over another stopped one's. */
  async copyFiles(from: string, to: PostgresServer): Promise<void> {
    await rm(this.data(to), { recursive: true, force: true });
    await run('cp', ['-a', from, this.data(to)]);
  }

  /** Runs a program of the server's own, as its user. */
  async program(name: string, options: readonly string[]): Promise<void> {
    const { uid, gid } = await operatingSystemUser();
    const path = join(dirname(await realpath((await findProgram('postgres')).path)), name);
    await run(path, [...options], { uid, gid, cwd: '/', env: { LC_ALL: 'C' } });
  }

  /** Makes the server, which comes back stopped, give out this transaction id next. */
  async setNextId(server: PostgresServer, next: number): Promise<void> {
    await server.stop();
    await this.program('pg_resetwal', [`--next-transaction-id=${next}`, '-f', '-D', this.data(server)]);
  }

  /** Makes the part of the commit log in which an id far ahead lies. */
  async addCommitLog(server: PostgresServer, id: number): Promise<void> {
    const name = Math.floor(id / TRANSACTIONS_A_FILE)
      .toString(16)
      .toUpperCase()
      .padStart(4, '0');
    await this.file(server, join('pg_xact', name), Buffer.alloc(BYTES_A_FILE));
  }

  /** Goes to an id that has to be less than 2^31 ahead. */
  async goTo(server: PostgresServer, next: number): Promise<void> {
    await this.setNextId(server, next);
    await this.addCommitLog(server, next);
    await server.restart();
  }

  /** Writes a file into the server's directory, as its user. */
  async file(server: PostgresServer, name: string, content: string | Buffer): Promise<void> {
    const { uid, gid } = await operatingSystemUser();
    await writeFile(join(this.data(server), name), content);
    await chown(join(this.data(server), name), uid, gid);
  }
}

/** Transactions that change nothing of interest. */
export async function spend(on: DatabaseAddress, transactions: number): Promise<void> {
  await query(on, 'CREATE TABLE IF NOT EXISTS spent (a int)');
  await query(
    on,
    `DO $$ BEGIN FOR i IN 1..${transactions} LOOP INSERT INTO spent VALUES (i); COMMIT; END LOOP; END $$`,
  );
}

/** Captures with a base that is of no use, holds every row against what is there, and says what the warning says. */
export async function whyFull(on: DatabaseAddress, base: MemoryCapture): Promise<string | undefined> {
  const capture = await captureInMemory(on, { base });
  expect(capture.result.type).toBe('full');
  expectNoneReused(capture, 't');
  await expectExact(on, capture);
  return capture.ofKind('warning').find(({ code }) => code === 'differential-not-possible')?.message;
}
