import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Announcements } from '../announcements/announcements.js';
import { environmentRemoval } from '../projects/environments/environment-announcements.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { Deliveries } from './delivery/deliveries.js';
import { DeliveryUpkeep } from './delivery/delivery-upkeep.js';
import { RedeliveryService } from './delivery/redelivery.service.js';
import { WebhookDeliveryEntity } from './delivery/webhook-delivery.entity.js';
import { Happenings } from './outbox/happenings.js';
import { Outbox } from './outbox/outbox.js';
import { WebhookReader } from './subscriptions/webhook-reader.js';
import { WebhookSecrets } from './subscriptions/webhook-secrets.js';
import { WebhookEntity } from './subscriptions/webhook.entity.js';
import { WebhooksService } from './subscriptions/webhooks.service.js';
import { WebhooksController } from './webhooks.controller.js';

/** Being told: stands on all that announces something, and nothing stands on it. */
@Module({
  imports: [TypeOrmModule.forFeature([WebhookEntity, WebhookDeliveryEntity]), ProjectsModule],
  controllers: [WebhooksController],
  providers: [
    WebhooksService,
    WebhookReader,
    WebhookSecrets,
    RedeliveryService,
    Deliveries,
    DeliveryUpkeep,
    Outbox,
    Happenings,
  ],
})
export class WebhooksModule implements OnModuleInit {
  constructor(private readonly announcements: Announcements) {}

  /** What was not told of an environment by then is of no use, but that its snapshots are gone. */
  onModuleInit(): void {
    this.announcements.listen('webhooks', environmentRemoval, async (manager, { environment }) => {
      const sql = `DELETE FROM webhook_deliveries WHERE environment_id = $1 AND status = 'pending' AND event_type <> 'snapshot.deleted'`;
      await manager.query(sql, [environment.id]);
    });
  }
}
