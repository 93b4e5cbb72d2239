import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import { findProgram } from '../../../../src/engine/postgres/programs/programs.js';
import { query } from '../../../harness/database.js';
import type { PostgresServer } from '../../../harness/postgres-server.js';
import { LostHistoryServers, spend, whyFull } from './lost-history-servers.js';
import { captureInMemory } from './memory-capture.js';
import { expectAllReused, expectNoneReused } from './read-again.js';

const run = promisify(execFile);

describe('a differential capture of a server that has lost its history', { timeout: 120_000 }, () => {
  const servers = new LostHistoryServers();
  let server: PostgresServer;
  let address: DatabaseAddress;

  beforeEach(async () => {
    ({ server, address } = await servers.withRows());
  });
  afterAll(() => servers.remove());

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
    await cp(servers.data(server), backup, { recursive: true });
    await server.restart();
    await query(address, `UPDATE t SET state = 'second'`);
    await spend(address, 50);
    const base = await captureInMemory(address);
    await server.stop();
    await servers.copyFiles(backup, server);
    await run('chown', ['-R', '--reference', join(server.directory), servers.data(server)]);
    await server.restart();
    // Ids that were given out once before; the rows are as many, and older than the base's horizon.
    await query(address, `UPDATE t SET state = 'other'`);
    expect(await whyFull(address, base)).toMatch(/mark of another snapshot/);
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
    await servers.setNextId(server, Number(lineage.horizon) - 50);
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
    await servers.goTo(server, 1_200_000_000);
    await query(address, `UPDATE t SET state = 'much later'`);
    expect(await whyFull(address, base)).toMatch(/more than 1000000000 transactions/);
  });

  it('reads everything where the server may forget old rows', async ({ skip }) => {
    skip((await findProgram('postgres')).major >= 17, 'PostgreSQL 17 has no old_snapshot_threshold any more.');
    const base = await captureInMemory(address);
    await query(address, `ALTER SYSTEM SET old_snapshot_threshold = '1h'`);
    await server.restart();
    expect(await whyFull(address, base)).toMatch(/old_snapshot_threshold/);
  });
});
