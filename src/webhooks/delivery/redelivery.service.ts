import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../../audit/audited.js';
import type { Caller } from '../../auth/caller.js';
import { databaseTime } from '../../database/database-time.js';
import { errors } from '../../errors/catalogue.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { Outbox } from '../outbox/outbox.js';
import { WebhookReader } from '../subscriptions/webhook-reader.js';
import { WebhookEntity } from '../subscriptions/webhook.entity.js';
import { aboutWebhook } from '../webhook.dto.js';
import { held } from './deliveries.js';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.js';

/** Deliveries that a person asks for. */
@Injectable()
export class RedeliveryService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reader: WebhookReader,
    private readonly outbox: Outbox,
    private readonly items: KeeperItems,
  ) {}

  /** Throws `not-found`, and `webhook-disabled`. */
  async test(caller: Caller, webhookId: string): Promise<WebhookDeliveryEntity> {
    await this.reader.require(caller, webhookId);
    return this.dataSource.transaction(async (manager) => {
      const webhook = await holdEnabled(manager, webhookId);
      const { projectId } = webhook;
      const at = await databaseTime(manager);
      const data = { webhookId, requestedBy: caller.subject };
      const occasion = { type: 'test', projectId, environmentId: null, at } as const;
      const [eventId] = await this.outbox.write(manager, occasion, [{ subject: webhookId, data }], [webhookId]);
      await waitNoLonger(manager, webhookId);
      audited(manager, { ...aboutWebhook(webhook), after: { eventId } });
      return manager.findOneByOrFail(WebhookDeliveryEntity, { webhookId, eventId });
    });
  }

  /** The same event under the same id, as if it had never been tried. Throws the same. */
  async again(caller: Caller, webhookId: string, deliveryId: string): Promise<WebhookDeliveryEntity> {
    await this.reader.require(caller, webhookId);
    return this.dataSource.transaction(async (manager) => {
      const where = { id: deliveryId, webhookId };
      if (!(await manager.existsBy(WebhookDeliveryEntity, where))) throw errors.notFound('delivery', deliveryId);
      const webhook = await holdEnabled(manager, webhookId);
      await manager.update(WebhookDeliveryEntity, where, {
        status: 'pending',
        attempts: 0,
        nextAttemptAt: () => 'clock_timestamp()',
        deliveredAt: null,
      });
      await waitNoLonger(manager, webhookId);
      await this.items.wake(manager, 'webhook-delivery', [webhookId]);
      const delivery = await manager.findOneBy(WebhookDeliveryEntity, where);
      // The daily run may have removed it just now.
      if (delivery === null) throw errors.notFound('delivery', deliveryId);
      audited(manager, { ...aboutWebhook(webhook), after: { deliveryId, eventId: delivery.eventId } });
      return delivery;
    });
  }
}

async function holdEnabled(manager: EntityManager, webhookId: string): Promise<WebhookEntity> {
  const webhook = await held(manager, webhookId);
  if (webhook === null) throw errors.notFound('webhook', webhookId);
  if (!webhook.enabled) throw errors.webhookDisabled();
  return webhook;
}

/** Who asks for it knows, or wants to know, whether the receiver is there. */
async function waitNoLonger(manager: EntityManager, webhookId: string): Promise<void> {
  await manager.update(WebhookEntity, { id: webhookId }, { waitUntil: null });
}
