import { randomUUID } from 'node:crypto';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';

/** One that is completed, of which nothing is there any more: it can be taken back at once. Its id. */
export async function plantItemRestore(
  state: DatabaseAddress,
  { environmentId, snapshotId }: { environmentId: string; snapshotId: string },
): Promise<string> {
  const id = randomUUID();
  await query(
    state,
    `INSERT INTO item_restores
       (id, environment_id, snapshot_id, status, place, files, tables, requested_by, started_at, finished_at, undo_until)
     VALUES ($1, $2, $3, 'completed', 'beside', '["utf8:a.txt"]', '[]', 'test', now(), now(), now() + interval '1 hour')`,
    [id, environmentId, snapshotId],
  );
  return id;
}
