import { webhookCreate, webhookTest } from '../../sdk/typescript/generated/sdk.gen.js';
import type { Project, WebhookWithSecret } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';
import type { TestService } from '../harness/service.js';
import type { WebhookReceiver } from '../harness/webhook-receiver.js';
import type { Sample } from './sample-history.js';

/** What two projects used in so many days up to today: one that is there, and one that is gone. On the tenth day back nobody looked. */
export async function plantUsage(state: DatabaseAddress, { id }: Project, days: number): Promise<void> {
  await query(
    state,
    `INSERT INTO usage_days (project_id, day, organization, project_name, looks, logical_sum, stored_sum, added_bytes, snapshots)
     SELECT p.id, (now() AT TIME ZONE 'UTC')::date - n, 'acme', p.name, 24,
            24 * p.share * (52 - n * 0.6) * 2 ^ 30, 24 * p.share * (9 - n * 0.08) * 2 ^ 30, p.share * (180 + 60 * (n % 7)) * 2 ^ 20, 4
       FROM generate_series(0, ${days - 1}) n,
            (VALUES ('${id}'::uuid, 'webshop', 1.0), (gen_random_uuid(), 'billing, old', 0.4)) p (id, name, share)
      WHERE n <> 9 AND (p.share = 1 OR n > 5)
         ON CONFLICT (project_id, day) DO UPDATE SET (looks, logical_sum, stored_sum, added_bytes, snapshots) =
              (EXCLUDED.looks, EXCLUDED.logical_sum, EXCLUDED.stored_sum, EXCLUDED.added_bytes, EXCLUDED.snapshots)`,
  );
}

/** Three webhooks: one that hears all, one whose receiver is broken, and one that is disabled. */
export async function plantWebhooks(
  { client: connect }: TestService,
  { project, storied }: Sample,
  receiver: WebhookReceiver,
): Promise<{ active: WebhookWithSecret; failing: WebhookWithSecret; disabled: WebhookWithSecret }> {
  const client = connect();
  const create = (path: string, rest: object) =>
    result(
      webhookCreate({
        client,
        path: { projectId: project.id },
        body: { url: receiver.urlOf(path), events: ['*'], ...rest },
      }),
    );
  receiver.behave('/broken', (response) => void response.writeHead(500).end());
  const disabled = await create('/old', { description: 'The chat we had before', enabled: false });
  const failing = await create('/broken', {
    description: 'Pager of the platform team',
    events: ['snapshot.failed', 'rollback.failed', 'environment.attention'],
    environmentIds: [storied.id],
  });
  const active = await create('/chat', { description: 'Chat of the platform team' });
  for (const { id } of [failing, active]) await result(webhookTest({ client, path: { webhookId: id } }));
  await Promise.all([receiver.waitFor('/chat', 1), receiver.waitFor('/broken', 1)]);
  return { active, failing, disabled };
}
