import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { snapshotProgress } from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotProgress } from '../../sdk/typescript/generated/types.gen.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { checkEvent } from '../harness/contract-check.js';
import { query } from '../harness/database.js';

/** One event of a stream, with the id under which a client that comes back asks for what follows. */
export interface ReceivedEvent extends SnapshotProgress {
  id: string;
}

/** Everything a stream sends until it ends by itself; each event is held against the contract. */
export async function receiveAll(
  client: Client,
  path: { environmentId: string; snapshotId: string },
  { lastEventId, onFirst, attempts = 5 }: { lastEventId?: string; onFirst?: () => void; attempts?: number } = {},
): Promise<ReceivedEvent[]> {
  const received: ReceivedEvent[] = [];
  const { stream } = await snapshotProgress({
    client,
    path,
    ...(lastEventId === undefined ? {} : { headers: { 'Last-Event-ID': lastEventId } }),
    sseMaxRetryAttempts: attempts,
    sseDefaultRetryDelay: 500,
    onSseEvent: ({ id, event, data }) => {
      // A heartbeat is a comment: it has no data, and is nobody's business.
      if (data === undefined) return;
      if (event !== 'snapshot-progress') throw new Error(`An event named ${event}.`);
      checkEvent('snapshotProgress', data);
      if (received.length === 0) onFirst?.();
      received.push({ ...(data as unknown as SnapshotProgress), id: id ?? '' });
    },
  });
  for await (const event of stream) void event;
  return received;
}

/** Ids of the events that are recorded about a snapshot, oldest first. */
export async function recordedIds(state: DatabaseAddress, snapshotId: string): Promise<string[]> {
  const sql = `SELECT id::text FROM progress_events WHERE subject_id = '${snapshotId}' ORDER BY progress_events.id`;
  return (await query<{ id: string }>(state, sql)).map(({ id }) => id);
}
