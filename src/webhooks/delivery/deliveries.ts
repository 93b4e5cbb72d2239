import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Finding } from '../../contract/generated/types.gen.js';
import { databaseTime } from '../../database/database-time.js';
import { WebhookEntity } from '../subscriptions/webhook.entity.js';
import { hasArrived, isAway, pauseAfterAttempt, whyDisabled } from './next-attempt.js';
import type { Answer } from './next-attempt.js';

/** A delivery whose time has come. */
export interface DueDelivery {
  id: string;
  eventId: string;
  attempts: number;
  body: string;
}

/** What came of a try; no finding: it arrived. */
export interface Attempt {
  answer: Answer;
  finding: Finding | null;
}

const DISABLED = {
  gone: { code: 'receiver-gone', message: 'The receiver answered 410: nobody wants to be told there any more.' },
  failing: {
    code: 'receiver-failing',
    message: 'Nothing but failures came of it for five days, so nothing is sent there any more.',
  },
} as const;

/**
 * The rows of deliveries on their way. Whoever changes both locks the webhook first, then its deliveries, as the one who deletes it
 * does. What is written of a try is written once: by the first who says what came of it.
 */
@Injectable()
export class Deliveries {
  constructor(private readonly dataSource: DataSource) {}

  /** The oldest that is due; null when none is. */
  async oldestDue(webhookId: string): Promise<DueDelivery | null> {
    const rows: DueDelivery[] = await this.dataSource.query(
      `SELECT d.id, d.event_id AS "eventId", d.attempts, e.body
         FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id
        WHERE d.webhook_id = $1 AND d.status = 'pending' AND d.next_attempt_at <= clock_timestamp()
        ORDER BY d.created_at, d.id LIMIT 1`,
      [webhookId],
    );
    return rows[0] ?? null;
  }

  /** In how many seconds the next one is due, none before the receiver is expected back; null when none is left. */
  async untilNext(webhookId: string): Promise<number | null> {
    const rows: { seconds: number | null }[] = await this.dataSource.query(
      `SELECT extract(epoch FROM GREATEST(min(d.next_attempt_at), min(w.wait_until)) - clock_timestamp())::float8 AS seconds
         FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
        WHERE d.webhook_id = $1 AND d.status = 'pending'`,
      [webhookId],
    );
    const seconds = rows[0]?.seconds ?? null;
    return seconds === null ? null : Math.max(0, seconds);
  }

  /** Writes down what came of a try, and what follows from it for the webhook. */
  async record(webhookId: string, { id, attempts }: DueDelivery, { answer, finding }: Attempt): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const webhook = await held(manager, webhookId);
      if (webhook === null) return;
      const now = await databaseTime(manager);
      const last = JSON.stringify({ at: now.toISOString(), status: answer, finding });
      if (hasArrived(answer)) {
        if (
          await this.write(
            manager,
            { id, attempts },
            `status = 'delivered', next_attempt_at = NULL, delivered_at = $4`,
            last,
            now,
          )
        )
          await manager.update(
            WebhookEntity,
            { id: webhookId },
            { firstFailedAt: null, lastFailure: null, waitUntil: null },
          );
        return;
      }
      const pause = pauseAfterAttempt(attempts + 1, Math.random());
      const next = pause === null ? null : new Date(now.getTime() + pause * 1000);
      const columns = `status = CASE WHEN $4::timestamptz IS NULL THEN 'exhausted' ELSE 'pending' END, next_attempt_at = $4`;
      if (!(await this.write(manager, { id, attempts }, columns, last, next))) return;
      const failingSince = webhook.firstFailedAt ?? now;
      await manager.update(
        WebhookEntity,
        { id: webhookId },
        { firstFailedAt: failingSince, lastFailure: finding, ...(isAway(answer) && { waitUntil: next }) },
      );
      const why = whyDisabled(answer, { failingSince, attempts: attempts + 1 }, now);
      if (why !== null && webhook.enabled) await this.disable(manager, webhookId, DISABLED[why]);
    });
  }

  /** It is told nothing any more, in the caller's transaction, which holds its row. `because` is null when a person says so. */
  async disable(manager: EntityManager, webhookId: string, because: Finding | null): Promise<void> {
    await manager.update(
      WebhookEntity,
      { id: webhookId },
      { enabled: false, disabledBecause: because, waitUntil: null, updatedAt: () => 'clock_timestamp()' },
    );
    await manager.query(
      `UPDATE webhook_deliveries SET status = 'skipped', next_attempt_at = NULL WHERE webhook_id = $1 AND status = 'pending'`,
      [webhookId],
    );
  }

  /** Whatever waits for its time has it now, and the receiver is expected; in the caller's transaction, which holds the webhook's row. */
  async hurry(manager: EntityManager, webhookId: string): Promise<void> {
    await manager.update(WebhookEntity, { id: webhookId }, { waitUntil: null });
    await manager.query(
      `UPDATE webhook_deliveries SET next_attempt_at = clock_timestamp()
        WHERE webhook_id = $1 AND status = 'pending' AND next_attempt_at > clock_timestamp()`,
      [webhookId],
    );
  }

  /** False when somebody else has written down a try since. */
  private async write(
    manager: EntityManager,
    { id, attempts }: Pick<DueDelivery, 'id' | 'attempts'>,
    columns: string,
    last: string,
    at: Date | null,
  ): Promise<boolean> {
    const rows: unknown[] = await manager.query(
      `WITH written AS (
         UPDATE webhook_deliveries SET attempts = attempts + 1, last_attempt = $3::jsonb, ${columns}
          WHERE id = $1 AND status = 'pending' AND attempts = $2 RETURNING id
       ) SELECT id FROM written`,
      [id, attempts, last, at],
    );
    return rows.length > 0;
  }
}

/** The webhook, held until the transaction ends, but not against those who write events for it; null when it is gone. */
export async function held(manager: EntityManager, id: string): Promise<WebhookEntity | null> {
  return manager.findOne(WebhookEntity, { where: { id }, lock: { mode: 'for_no_key_update' } });
}
