import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Finding, OperationKind } from '../contract/generated/types.gen.js';

/** Of what people are shown, what somebody asked for: work that has a job. */
export type AskedFor = Extract<OperationKind, 'snapshot' | 'verification' | 'rollback' | 'item-restore' | 'export'>;

/** What people are shown under this name, and what only the service itself looks after. */
export type KeeperKind =
  | Exclude<OperationKind, AskedFor>
  | 'look'
  | 'restored-state'
  | 'retention-run'
  | 'usage'
  | 'late-writes'
  | 'provisioning'
  | 'lost-snapshot'
  | 'kept-items'
  | 'export-file'
  | 'lost-export'
  | 'lost-item-restore'
  | 'lost-verification'
  | 'lost-rollback';

/** Something that was left behind, or comes round again, until it is done. Written by `KeeperItems` only. */
@Entity('keeper_items')
export class KeeperItemEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('text')
  kind: KeeperKind;

  /** What it is about; with the kind it is one of its kind. */
  @Column('text')
  subject: string;

  @Column('text', { nullable: true })
  organization: string | null;

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: string | null;

  @Column('uuid', { name: 'environment_id', nullable: true })
  environmentId: string | null;

  /** Whose workers may look after it; null: any. */
  @Column('text', { nullable: true })
  pool: string | null;

  @Column('jsonb', { default: {} })
  data: Record<string, unknown>;

  @Column('timestamptz', { default: () => 'now()' })
  since: Date;

  @Column('timestamptz', { name: 'due_at', default: () => 'now()' })
  dueAt: Date;

  @Column('integer', { default: 1 })
  asked: number;

  /** In vain, since it last went well. */
  @Column('integer', { default: 0 })
  tries: number;

  /** What came of the last try, when it failed. */
  @Column('jsonb', { nullable: true })
  failure: Finding | null;

  @Column('timestamptz', { name: 'failed_since', nullable: true })
  failedSince: Date | null;

  /** It needs a person. */
  @Column('boolean', { default: false })
  attention: boolean;

  @Column('timestamptz', { name: 'told_at', nullable: true })
  toldAt: Date | null;

  @Column('timestamptz', { name: 'done_at', nullable: true })
  doneAt: Date | null;

  @Column('uuid', { name: 'held_by', nullable: true })
  heldBy: string | null;

  /** Until when it is that process's, unless it says that it is still there. */
  @Column('timestamptz', { name: 'held_until', nullable: true })
  heldUntil: Date | null;
}
