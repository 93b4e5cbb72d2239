import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import { query } from '../../../harness/database.js';
import type { PostgresServer } from '../../../harness/postgres-server.js';
import { LostHistoryServers, spend, whyFull } from './lost-history-servers.js';
import { captureInMemory } from './memory-capture.js';

describe(
  'a differential capture of a server that has lost its history, or was fed by another one,',
  { timeout: 120_000 },
  () => {
    const servers = new LostHistoryServers();
    let server: PostgresServer;
    let address: DatabaseAddress;

    beforeEach(async () => {
      ({ server, address } = await servers.withRows());
    });
    afterEach(() => servers.remove());

    it('reads everything after 2^31 transactions, when what is new seems to be older than the base', async () => {
      const base = await captureInMemory(address);
      await servers.goTo(server, 1_200_000_000);
      // Every row of every database has to be frozen, or the server would not go on for so long.
      await query(server.address('postgres'), 'UPDATE pg_database SET datallowconn = true');
      for (const name of ['app', 'postgres', 'template0', 'template1']) {
        await query(server.address(name), 'VACUUM (FREEZE)');
      }
      await servers.goTo(server, 2_400_000_000);
      await query(address, `UPDATE t SET state = 'an age later' WHERE n <= 300`);
      const horizon = `${base.database.lineage!.horizon}::text::xid8::xid`;
      // What a comparison of 32 bits would say: all rows are from before the base, and there are as many.
      const looks = await query(
        address,
        `SELECT min(age(xmin)) > age(${horizon}) AS old, count(*)::int AS rows FROM t`,
      );
      expect(looks).toEqual([{ old: true, rows: 1000 }]);
      expect(await whyFull(address, base)).toMatch(/more than 1000000000 transactions/);
    });

    it('reads everything after a promotion when an older mark had come through', async () => {
      const { standby, there } = await servers.streamingStandby(server);
      await captureInMemory(address);
      await servers.caughtUp(standby, server);
      await servers.stopStreaming(standby);
      await spend(address, 100);
      const base = await captureInMemory(address);
      await server.stop('immediate');
      await query(there, 'SELECT pg_promote()');
      await query(there, `UPDATE t SET state = 'after the promotion'`);
      expect(await whyFull(there, base)).toMatch(/mark of another snapshot/);
    });
  },
);
