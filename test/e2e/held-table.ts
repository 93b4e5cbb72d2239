import { Client } from 'pg';
import type { DatabaseAddress } from '../../src/engine/postgres/database-address.js';
import { quoteIdentifier } from '../../src/engine/postgres/quote.js';
import { query } from '../harness/database.js';
import { waitUntil } from './wait-until.js';

/** A table somebody has locked against everybody, as a migration does: pg_dump has to wait for it. */
export interface HeldTable {
  /** Resolves when a capture has got as far as waiting for the table. */
  dumpIsWaiting(count?: number): Promise<void>;
  /** Lets go; may be called twice. */
  release(): Promise<void>;
}

export async function holdTable(address: DatabaseAddress, table = 'items'): Promise<HeldTable> {
  const { host, port, database, user, password } = address;
  const holder = new Client({ host, port, database, user, password, ssl: false, application_name: 'holder' });
  // A cutover may end this session too.
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query(`BEGIN; LOCK TABLE ${quoteIdentifier(table)} IN ACCESS EXCLUSIVE MODE`);
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
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'`,
  );
  return row?.count ?? 0;
}
