import { Client } from 'pg';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';
import { waitUntil } from './wait-until.js';

/**
 * A table somebody has locked against everybody, as a migration does: pg_dump has to wait for it. It is a partitioned one,
 * which has no rows of its own: the capture itself does not lock it, so there is a pg_dump that waits.
 */
export interface HeldTable {
  /** Resolves when a capture has got as far as waiting for the table. */
  dumpIsWaiting(count?: number): Promise<void>;
  /** Lets go; may be called twice. */
  release(): Promise<void>;
}

const TABLE = 'held_up';

export async function holdTable(address: DatabaseAddress): Promise<HeldTable> {
  const { host, port, database, user, password } = address;
  const holder = new Client({ host, port, database, user, password, ssl: false, application_name: 'holder' });
  // A cutover may end this session too.
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query(`CREATE TABLE IF NOT EXISTS ${TABLE} (n int) PARTITION BY RANGE (n)`);
  await holder.query(`BEGIN; LOCK TABLE ${TABLE} IN ACCESS EXCLUSIVE MODE`);
  let held = true;
  return {
    dumpIsWaiting: async (count = 1) => {
      await waitUntil('pg_dump waits for the table', async () => (await waiting(address)) >= count);
    },
    release: async () => {
      if (held) await holder.end().catch(() => undefined);
      held = false;
    },
  };
}

async function waiting(address: DatabaseAddress): Promise<number> {
  const [row] = await query<{ count: number }>(
    address,
    `SELECT count(*)::int FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%held_up%'`,
  );
  return row?.count ?? 0;
}
