import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Finding, RollbackStatus, RollbackStep } from '../contract/generated/types.gen.js';

@Entity('rollback_logs')
export class RollbackLogEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('uuid', { name: 'deployment_id' })
  deploymentId: string;

  /** The environment that is changed. */
  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  @Column('uuid', { name: 'source_environment_id' })
  sourceEnvironmentId: string;

  @Column('uuid', { name: 'snapshot_id', nullable: true })
  snapshotId: string | null;

  @Column('uuid', { name: 'safety_snapshot_id', nullable: true })
  safetySnapshotId: string | null;

  @Column('boolean', { name: 'create_safety_snapshot' })
  createSafetySnapshot: boolean;

  /** Changed by `RollbackLifecycle` only. */
  @Column('text', { default: 'queued' })
  status: RollbackStatus;

  @Column('jsonb', { default: [] })
  steps: RollbackStep[];

  /** Counts the workers that have taken it up. */
  @Column('integer', { default: 0 })
  attempt: number;

  @Column('integer', { name: 'downtime_ms', nullable: true })
  downtimeMs: number | null;

  @Column('text', { name: 'kept_database', nullable: true })
  keptDatabase: string | null;

  @Column('text', { name: 'kept_directory', nullable: true })
  keptDirectory: string | null;

  @Column('jsonb', { default: [] })
  warnings: Finding[];

  @Column('jsonb', { nullable: true })
  failure: Finding | null;

  @Column('text', { name: 'requested_by' })
  requestedBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;
}
