import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { WebhookEventType } from '../../contract/generated/types.gen.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { eventBody } from './event-body.js';
import type { Happening, Occasion } from './event-body.js';

interface Interested {
  webhookId: string;
  projectId: string;
  now: Date;
}

/**
 * Writes down what there is to tell, in the transaction in which it happens: both are there, or neither. It waits for nobody, as who
 * announces something holds locks of his own: a webhook that is being deleted counts as gone once it is, and the keeper is
 * woken only where nobody else is at it.
 */
@Injectable()
export class Outbox {
  constructor(private readonly items: KeeperItems) {}

  /** Does nothing, after one look at an index, where nobody wants to know; `happenings` is asked for only then. */
  async tell(
    manager: EntityManager,
    type: WebhookEventType,
    environmentId: string,
    happenings: () => Happening[] | Promise<Happening[]>,
  ): Promise<void> {
    const interested = await this.interested(manager, type, environmentId);
    const [first] = interested;
    if (first === undefined) return;
    const occasion = { type, projectId: first.projectId, environmentId, at: first.now };
    const webhooks = interested.map(({ webhookId }) => webhookId);
    await this.write(manager, occasion, await happenings(), webhooks);
  }

  /** For these webhooks, whatever they want to know. Returns the ids of the events. */
  async write(
    manager: EntityManager,
    occasion: Occasion,
    happenings: readonly Happening[],
    webhooks: readonly string[],
  ): Promise<string[]> {
    const events = happenings.map((happening) => {
      const id = randomUUID();
      return { id, subject: happening.subject, body: eventBody(id, occasion, happening) };
    });
    const { projectId, environmentId, type, at } = occasion;
    await manager.query(
      `WITH given AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS given (id uuid, subject uuid, body text)),
       written AS (
         INSERT INTO webhook_events (id, project_id, environment_id, type, subject, body, created_at)
         SELECT id, $2, $3, $4, subject, body, $5 FROM given
       )
       INSERT INTO webhook_deliveries (webhook_id, event_id, event_type, environment_id, next_attempt_at, created_at)
       SELECT webhook_id, given.id, $4, $3, $5, $5 FROM given, unnest($6::uuid[]) AS webhook_id`,
      [JSON.stringify(events), projectId, environmentId, type, at, webhooks],
    );
    await this.items.wake(manager, 'webhook-delivery', webhooks);
    return events.map(({ id }) => id);
  }

  /** Held, so that none goes before it is told. */
  private interested(manager: EntityManager, type: WebhookEventType, environmentId: string): Promise<Interested[]> {
    return manager.query<Interested[]>(
      `SELECT w.id AS "webhookId", w.project_id AS "projectId", date_trunc('milliseconds', clock_timestamp()) AS now
         FROM webhooks w JOIN environments e ON e.project_id = w.project_id
        WHERE e.id = $2 AND w.enabled AND w.events && ARRAY['*', $1]
          AND (w.environment_ids IS NULL OR e.id = ANY (w.environment_ids))
          FOR KEY SHARE OF w`,
      [type, environmentId],
    );
  }
}
