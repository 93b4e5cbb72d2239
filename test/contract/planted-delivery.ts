import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import type { Webhook } from '../../sdk/typescript/generated/types.gen.js';
import { query } from '../harness/database.js';

/** A delivery that has arrived at a webhook whose receiver is not there. Resolves to its id. Nobody comes back to it. */
export async function plantDelivery(state: DatabaseAddress, { id, projectId }: Webhook): Promise<string> {
  const [row] = await query<{ id: string }>(
    state,
    `WITH event AS (
       INSERT INTO webhook_events (id, project_id, type, subject, body, created_at)
       VALUES (gen_random_uuid(), '${projectId}', 'test', '${id}', '{}', date_trunc('milliseconds', now())) RETURNING id, created_at
     )
     INSERT INTO webhook_deliveries (webhook_id, event_id, event_type, status, attempts, last_attempt, delivered_at, created_at)
     SELECT '${id}', id, 'test', 'delivered', 1, '{"at": "2026-11-23T08:00:05.120Z", "status": 204, "finding": null}', created_at, created_at
       FROM event RETURNING id`,
  );
  return row!.id;
}
