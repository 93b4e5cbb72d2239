import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { Configuration } from '../../config/configuration.js';
import { databaseTime } from '../../database/database-time.js';
import { errors } from '../../errors/catalogue.js';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import { NotDone } from '../../keeper/upkeep.js';
import type { Again, NewKeeperItem, Upkeep } from '../../keeper/upkeep.js';
import { ProjectPlaces } from '../../trust-domains/project-places.js';
import { WebhookEntity } from '../subscriptions/webhook.entity.js';
import { WebhookSecrets } from '../subscriptions/webhook-secrets.js';
import { Deliveries, held } from './deliveries.js';
import type { DueDelivery } from './deliveries.js';
import { isAway } from './next-attempt.js';
import { sendEvent } from './send-event.js';

/** Deliveries that one webhook's turn has; then it is another one's. */
const MOST_IN_A_TURN = 50;
/** When nothing is to be done it is looked at again after so long (seconds); whatever happens wakes it. */
export const IDLE_SECONDS = 24 * 60 * 60;
/** Webhooks one look finds. */
const MOST_FOUND = 500;
/** What has been due for so long was not told of to the keeper, or somebody would be at it (seconds). */
const OVERLOOKED_SECONDS = 3;

/**
 * Takes to each webhook what is due, the oldest first, one process at a time. A receiver that is away holds up itself alone: after one try its
 * turn is over. A process that dies between sending and writing that down leaves the delivery pending: it is sent again, under the
 * same id.
 */
@Injectable()
export class DeliveryUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'webhook-delivery';
  readonly concurrency: number;
  readonly help =
    'See what the receiver has against it, and retry; or change the URL, disable the webhook or delete it. One that is disabled has to be enabled again.';

  constructor(
    private readonly configuration: Configuration,
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
    @InjectRepository(WebhookEntity) private readonly webhooks: Repository<WebhookEntity>,
    private readonly deliveries: Deliveries,
    private readonly secrets: WebhookSecrets,
    private readonly places: ProjectPlaces,
  ) {
    this.concurrency = configuration.WEBHOOK_CONCURRENCY;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** Those whose keeper was busy when they were to be woken, and what is left of those that have gone with their project. */
  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    const rows: { subject: string; projectId: string }[] = await manager.query(
      `SELECT w.id AS subject, w.project_id AS "projectId" FROM webhooks w
        WHERE w.enabled AND (w.wait_until IS NULL OR w.wait_until < clock_timestamp())
          AND EXISTS (SELECT FROM webhook_deliveries d
                       WHERE d.webhook_id = w.id AND d.status = 'pending'
                         AND d.next_attempt_at < clock_timestamp() - make_interval(secs => ${OVERLOOKED_SECONDS}))
          AND NOT EXISTS (SELECT FROM keeper_items k
                           WHERE k.kind = $1 AND k.subject = w.id::text
                             AND (k.due_at <= clock_timestamp() OR k.held_until > clock_timestamp()))
        LIMIT ${MOST_FOUND}`,
      [this.kind],
    );
    const gone: { subject: string }[] = await manager.query(
      `SELECT k.subject FROM keeper_items k
        WHERE k.kind = $1 AND k.due_at > clock_timestamp()
          AND NOT EXISTS (SELECT FROM webhooks w WHERE w.id = k.subject::uuid) LIMIT ${MOST_FOUND}`,
      [this.kind],
    );
    const subjects = [...rows, ...gone].map(({ subject }) => subject);
    if (subjects.length > 0) await this.items.wake(manager, this.kind, subjects);
    return rows;
  }

  async tend({ subject }: KeeperItemEntity, signal: AbortSignal): Promise<Again | void> {
    for (let sent = 0; sent < MOST_IN_A_TURN && !signal.aborted; sent += 1) {
      const webhook = await this.webhooks.findOneBy({ id: subject });
      if (webhook === null) return;
      const now = await databaseTime(this.webhooks.manager);
      if (!webhook.enabled || (webhook.waitUntil !== null && webhook.waitUntil > now)) break;
      const due = await this.deliveries.oldestDue(subject);
      if (due === null) break;
      // It is let come to its end when the process stops: that takes seconds, and nobody is told twice.
      if (await this.deliver(webhook, due, now)) break;
    }
    return this.whenNext(subject);
  }

  async retried(manager: EntityManager, { subject }: KeeperItemEntity): Promise<void> {
    const webhook = await held(manager, subject);
    if (webhook?.enabled === false)
      throw errors.operationRefused('The webhook is disabled; enable it with webhookUpdate, or delete it.');
    if (webhook !== null) await this.deliveries.hurry(manager, subject);
  }

  /** Returns whether the receiver is away. */
  private async deliver(webhook: WebhookEntity, due: DueDelivery, at: Date): Promise<boolean> {
    const { webhookHosts: allowedHosts } = await this.places.of(webhook.projectId);
    const attempt = await sendEvent({
      url: webhook.url,
      id: due.eventId,
      body: due.body,
      secrets: this.secrets.of(webhook, at),
      at,
      timeoutSeconds: this.configuration.WEBHOOK_TIMEOUT_SECONDS,
      allowedHosts,
    });
    await this.deliveries.record(webhook.id, due, attempt);
    return isAway(attempt.answer);
  }

  /** Goes on being a failure until something has arrived, or a person has seen to it. */
  private async whenNext(webhookId: string): Promise<Again | void> {
    const webhook = await this.webhooks.findOneBy({ id: webhookId });
    if (webhook === null) return;
    const { enabled, disabledBecause, firstFailedAt, lastFailure } = webhook;
    if (!enabled && disabledBecause !== null) throw new NotDone(disabledBecause, true);
    const next = enabled ? await this.deliveries.untilNext(webhookId) : null;
    const afterSeconds = Math.min(next ?? IDLE_SECONDS, IDLE_SECONDS);
    if (enabled && firstFailedAt !== null && lastFailure !== null)
      throw new NotDone(lastFailure, false, {}, afterSeconds);
    return { afterSeconds };
  }
}
