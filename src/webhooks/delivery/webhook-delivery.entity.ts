import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { WebhookAttempt, WebhookDeliveryStatus, WebhookEventType } from '../../contract/generated/types.gen.js';

/** An event on its way to a webhook. Written by `Outbox`, and then by `Deliveries` only. */
@Entity('webhook_deliveries')
export class WebhookDeliveryEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;

  @Column('uuid', { name: 'event_id' })
  eventId: string;

  @Column('text', { name: 'event_type' })
  eventType: WebhookEventType;

  @Column('uuid', { name: 'environment_id', nullable: true })
  environmentId: string | null;

  @Column('text')
  status: WebhookDeliveryStatus;

  /** How often it was tried, since it was last asked for. */
  @Column('integer')
  attempts: number;

  /** Not before this; null when it is not pending. */
  @Column('timestamptz', { name: 'next_attempt_at', nullable: true })
  nextAttemptAt: Date | null;

  @Column('jsonb', { name: 'last_attempt', nullable: true })
  lastAttempt: WebhookAttempt | null;

  @Column('timestamptz', { name: 'delivered_at', nullable: true })
  deliveredAt: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
