import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import { query } from '../../../harness/database.js';
import type { PostgresServer } from '../../../harness/postgres-server.js';
import { LostHistoryServers, spend, whyFull } from './lost-history-servers.js';
import { captureInMemory } from './memory-capture.js';
import { expectAllReused, expectExact } from './read-again.js';

const WITHIN = { timeout: 30_000, interval: 50 };

describe('a differential capture of a server that was fed by another one', { timeout: 120_000 }, () => {
  const servers = new LostHistoryServers();
  let primary: PostgresServer;
  let address: DatabaseAddress;

  beforeEach(async () => {
    ({ server: primary, address } = await servers.withRows());
  });
  afterAll(() => servers.remove());

  it('reads everything after the promotion of a replica that lacks the last commits', async () => {
    const { standby, there } = await servers.streamingStandby(primary);
    await query(address, `UPDATE t SET state = 'second'`);
    await servers.caughtUp(standby, primary);
    await servers.stopStreaming(standby);
    // What the replica never sees: among it the mark.
    await spend(address, 100);
    await query(address, `UPDATE t SET state = 'third' WHERE n <= 500`);
    const base = await captureInMemory(address);
    await primary.stop('immediate');
    await query(there, 'SELECT pg_promote()');
    // By transactions whose ids the primary had given out as well, and as many rows.
    await query(there, `UPDATE t SET state = 'after the promotion' WHERE n > 500`);
    expect(await whyFull(there, base)).toMatch(/gone/);
  });

  it('reads everything on a replica, and goes on after its promotion when it lacks nothing', async () => {
    const { standby, there } = await servers.streamingStandby(primary);
    const base = await captureInMemory(address);
    await servers.caughtUp(standby, primary);
    const replaying = await captureInMemory(there, { base });
    expect(replaying.result).toMatchObject({ type: 'full', canBeBase: false });
    expect(replaying.ofKind('warning')).toMatchObject([{ message: expect.stringContaining('replica') as string }]);
    expect(replaying.rows('t')).toHaveLength(1000);
    await primary.stop('immediate');
    await query(there, 'SELECT pg_promote()');
    const promoted = await captureInMemory(there, { base });
    expect(promoted.result.type).toBe('differential');
    expectAllReused(promoted, 't');
    await expectExact(there, promoted, base);
    await query(there, `UPDATE t SET state = 'after the promotion' WHERE n = 7`);
    await expectExact(there, await captureInMemory(there, { base }), base);
  });

  it('reads everything on a copy of the files that a subscription feeds, though every row is there', async () => {
    await query(address, 'CREATE PUBLICATION everything FOR ALL TABLES');
    const green = await servers.another();
    await primary.stop();
    await servers.copyFiles(servers.data(primary), green);
    await Promise.all([primary.restart(), green.restart()]);
    const there = green.address('app');
    await query(address, `SELECT pg_create_logical_replication_slot('green', 'pgoutput')`);
    const from = `host=${primary.host} port=${primary.port} user=postgres dbname=app`;
    await query(
      there,
      `CREATE SUBSCRIPTION green CONNECTION '${from}' PUBLICATION everything WITH (create_slot = false, copy_data = false)`,
    );
    // The primary's ids run ahead, so that what the copy does later has ids from before the base.
    await query(address, `DO $$ BEGIN FOR i IN 1..200 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`);
    const base = await captureInMemory(address);
    await query(address, `UPDATE t SET state = 'second' WHERE n <= 700`);
    await vi.waitFor(async () => {
      expect(await query(there, `SELECT FROM t WHERE state = 'second'`)).toHaveLength(700);
    }, WITHIN);
    const [newest] = await query<{ xmin: string }>(there, 'SELECT max(xmin::text::bigint)::text AS xmin FROM t');
    expect(BigInt(newest!.xmin)).toBeLessThan(BigInt(base.database.lineage!.horizon));

    expect(await whyFull(there, base)).toMatch(/gone/);
    await query(there, `COMMENT ON SCHEMA snapback IS '${base.database.lineage!.marker.uuid}'`);
    expect(await whyFull(there, base)).toMatch(/copied, not made/);
  });
});
