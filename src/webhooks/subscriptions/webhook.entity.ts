import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Finding, WebhookEventFilter } from '../../contract/generated/types.gen.js';

/** Somebody who is told of what happens in a project. */
@Entity('webhooks')
export class WebhookEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'project_id' })
  projectId: string;

  @Column('text')
  url: string;

  @Column('text', { array: true })
  events: WebhookEventFilter[];

  /** Null: all. */
  @Column('uuid', { name: 'environment_ids', array: true, nullable: true })
  environmentIds: string[] | null;

  @Column('text', { nullable: true })
  description: string | null;

  @Column('boolean')
  enabled: boolean;

  /** Sealed under the webhook's id, like the previous one. */
  @Column('text')
  secret: string;

  @Column('text', { name: 'previous_secret', nullable: true })
  previousSecret: string | null;

  @Column('timestamptz', { name: 'previous_secret_until', nullable: true })
  previousSecretUntil: Date | null;

  /** Since when nothing but failures came of it; null when the last delivery arrived. */
  @Column('timestamptz', { name: 'first_failed_at', nullable: true })
  firstFailedAt: Date | null;

  @Column('jsonb', { name: 'last_failure', nullable: true })
  lastFailure: Finding | null;

  /** The receiver is away, and nothing is sent to it before this. */
  @Column('timestamptz', { name: 'wait_until', nullable: true })
  waitUntil: Date | null;

  /** Why the service has disabled it; null when a person did, or it is enabled. */
  @Column('jsonb', { name: 'disabled_because', nullable: true })
  disabledBecause: Finding | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
