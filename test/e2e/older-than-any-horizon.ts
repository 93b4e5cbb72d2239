import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';
import { waitUntil } from './wait-until.js';

/** Whoever has a transaction open on the server, of whatever database, keeps rows that were written since from being carried over. */
export async function olderThanAnyHorizon(address: DatabaseAddress): Promise<void> {
  const [now] = await query<{ id: string }>(address, 'SELECT pg_current_xact_id()::text AS id');
  const over = `SELECT pg_snapshot_xmin(pg_current_snapshot()) > '${now!.id}'::xid8 AS over`;
  await waitUntil('older transactions are over', async () => (await query(address, over))[0]!['over'] === true);
}
