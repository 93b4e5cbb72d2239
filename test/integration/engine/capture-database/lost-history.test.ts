import { execFile } from 'node:child_process';
import { chown, cp, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseAddress } from '../../../../src/engine/postgres/database-address.js';
import { findProgram } from '../../../../src/engine/postgres/programs.js';
import { query } from '../../../harness/database.js';
import { operatingSystemUser } from '../../../harness/postgres-os-user.js';
import { PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { captureInMemory, type MemoryCapture } from './memory-capture.js';
import { expectAllReused, expectExact, expectNoneReused } from './read-again.js';

const run = promisify(execFile);

describe('a differential capture of a server that has lost its history', { timeout: 120_000 }, () => {
  const servers: PostgresServer[] = [];
  let server: PostgresServer;
  let address: DatabaseAddress;

  beforeEach(async () => {
    server = await start();
    address = server.address('app');
    await query(server.address('postgres'), 'CREATE DATABASE app');
    await query(address, `CREATE TABLE t AS SELECT n, 'first' AS state FROM generate_series(1, 1000) n`);
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((one) => one.remove()));
  });

  async function start(): Promise<PostgresServer> {
    // Trusting: a copied cluster has another one's password.
    const started = await startPostgresServer({ auth: 'trust', settings: { autovacuum: 'off' } });
    servers.push(started);
    return started;
  }

  const data = (of: PostgresServer) => join(of.directory, 'data');

  /** Copies a stopped server's files over another stopped one's. */
  async function copyFiles(from: string, to: PostgresServer): Promise<void> {
    await rm(data(to), { recursive: true, force: true });
    await run('cp', ['-a', from, data(to)]);
  }

  /** Transactions that change nothing of interest. */
  async function spend(on: DatabaseAddress, transactions: number): Promise<void> {
    await query(on, 'CREATE TABLE IF NOT EXISTS spent (a int)');
    await query(
      on,
      `DO $$ BEGIN FOR i IN 1..${transactions} LOOP INSERT INTO spent VALUES (i); COMMIT; END LOOP; END $$`,
    );
  }

  async function reset(...options: string[]): Promise<void> {
    const { uid, gid } = await operatingSystemUser();
    const program = join(dirname(await realpath((await findProgram('postgres')).path)), 'pg_resetwal');
    await server.stop();
    await run(program, [...options, '-f', '-D', data(server)], {
      uid,
      gid,
      cwd: server.directory,
      env: { LC_ALL: 'C' },
    });
  }

  /** Captures with a base that is of no use, holds every row against what is there, and says what the warning says. */
  async function whyFull(on: DatabaseAddress, base: MemoryCapture): Promise<string | undefined> {
    const capture = await captureInMemory(on, { base });
    expect(capture.result.type).toBe('full');
    expectNoneReused(capture, 't');
    await expectExact(on, capture);
    return capture.ofKind('warning').find(({ code }) => code === 'differential-not-possible')?.message;
  }

  it('goes on after a crash of the server, which loses nothing', async () => {
    const base = await captureInMemory(address);
    await server.restart('immediate');
    await server.restart('fast');
    const next = await captureInMemory(address, { base });
    expect(next.result.type).toBe('differential');
    expectAllReused(next, 't');
  });

  it('reads everything when the cluster was restored from files copied before the base', async () => {
    await captureInMemory(address);
    await server.stop();
    const backup = join(server.directory, 'backup');
    await cp(data(server), backup, { recursive: true });
    await server.restart();
    await query(address, `UPDATE t SET state = 'second'`);
    await spend(address, 50);
    const base = await captureInMemory(address);
    await server.stop();
    await copyFiles(backup, server);
    await run('chown', ['-R', '--reference', join(server.directory), data(server)]);
    await server.restart();
    // Ids that were given out once before; the rows are as many, and older than the base's horizon.
    await query(address, `UPDATE t SET state = 'other'`);
    expect(await whyFull(address, base)).toMatch(/mark of another snapshot/);
  });

  it('reads everything on a copy of the cluster that is fed by replication of rows, and of the mark', async () => {
    const clone = await start();
    await Promise.all([server.stop(), clone.stop()]);
    await copyFiles(data(server), clone);
    await Promise.all([server.restart(), clone.restart()]);
    await spend(address, 100);
    const base = await captureInMemory(address);
    const there = clone.address('app');
    // What replication would have brought, by transactions of the copy's own, older than the base's horizon.
    await query(there, `UPDATE t SET state = 'on the copy'`);
    expect(await whyFull(there, base)).toMatch(/gone/);
    await query(there, `COMMENT ON SCHEMA snapback IS '${base.database.lineage!.marker.uuid}'`);
    expect(await whyFull(there, base)).toMatch(/copied, not made/);
  });

  it('reads everything on a standby, and after its promotion without the last commits', async () => {
    const standby = await start();
    await Promise.all([server.stop(), standby.stop()]);
    await copyFiles(data(server), standby);
    const { uid, gid } = await operatingSystemUser();
    await writeFile(join(data(standby), 'standby.signal'), '');
    await chown(join(data(standby), 'standby.signal'), uid, gid);
    await Promise.all([server.restart(), standby.restart()]);
    await spend(address, 100);
    const base = await captureInMemory(address);
    const there = standby.address('app');
    const replaying = await captureInMemory(there, { base });
    expect(replaying.result).toMatchObject({ type: 'full', canBeBase: false });
    expect(replaying.ofKind('warning')).toMatchObject([{ message: expect.stringContaining('standby') as string }]);
    expect(replaying.rows('t')).toHaveLength(1000);
    await query(there, 'SELECT pg_promote()');
    await query(there, `UPDATE t SET state = 'after the promotion'`);
    expect(await whyFull(there, base)).toMatch(/gone/);
  });

  it('reads everything of a database that was made anew, also under the same oid', async () => {
    const base = await captureInMemory(address);
    const oid = base.database.lineage!.databaseOid;
    await query(server.address('postgres'), 'DROP DATABASE app');
    await query(server.address('postgres'), 'CREATE DATABASE app');
    await query(address, `CREATE TABLE t AS SELECT n, 'anew' AS state FROM generate_series(1, 1000) n`);
    expect(await whyFull(address, base)).toMatch(/another one under the same name/);
    await query(server.address('postgres'), 'DROP DATABASE app');
    await query(server.address('postgres'), `CREATE DATABASE app OID = ${oid}`);
    await query(address, `CREATE TABLE t AS SELECT n, 'anew' AS state FROM generate_series(1, 1000) n`);
    expect(await whyFull(address, base)).toMatch(/gone/);
  });

  it('reads everything when its transaction ids were set back', async () => {
    await spend(address, 100);
    const base = await captureInMemory(address);
    const lineage = base.database.lineage!;
    await query(server.address('postgres'), 'CHECKPOINT');
    await reset(`--next-transaction-id=${Number(lineage.horizon) - 50}`);
    await server.restart();
    // Rows of the future come to light one by one now, so nothing can be held against a second look.
    const capture = await captureInMemory(address, { base });
    expect(capture.result.type).toBe('full');
    expectNoneReused(capture, 't');
    // The mark is of the future itself: seen or not, either is reason enough.
    expect(capture.ofKind('warning')[0]?.message).toMatch(/earlier point|gone|copied/);
  });

  it('reads everything after more transactions than can be compared', async () => {
    const base = await captureInMemory(address);
    const next = 1_200_000_000;
    await reset(`--next-transaction-id=${next}`);
    // The part of the commit log in which the new ids are.
    const segment = join(
      data(server),
      'pg_xact',
      Math.floor(next / 1_048_576)
        .toString(16)
        .toUpperCase()
        .padStart(4, '0'),
    );
    const { uid, gid } = await operatingSystemUser();
    await writeFile(segment, Buffer.alloc(262_144));
    await chown(segment, uid, gid);
    await server.restart();
    await query(address, `UPDATE t SET state = 'much later'`);
    expect(await whyFull(address, base)).toMatch(/more than 1000000000 transactions/);
  });

  it('reads everything where the server may forget old rows', async () => {
    const base = await captureInMemory(address);
    await query(address, `ALTER SYSTEM SET old_snapshot_threshold = '1h'`);
    await server.restart();
    expect(await whyFull(address, base)).toMatch(/old_snapshot_threshold/);
  });
});
