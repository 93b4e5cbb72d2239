import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { CutoverRecord } from '../engine/restore/cutover/cutover-journal.js';
import { bigInteger } from '../database/big-integer.js';
import type { Finding, RollbackStatus, RollbackStep, StandbyUse } from '../contract/generated/types.gen.js';
import type { Promised } from './plan/material-changes.js';

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

  /** Whether a snapshot of what was swapped out is still to be taken: as long as it is `wanted`, that is not removed. */
  @Column('text', { default: 'none' })
  safety: 'none' | 'wanted' | 'taken' | 'given-up';

  @Column('boolean', { name: 'create_safety_snapshot' })
  createSafetySnapshot: boolean;

  /** What became of the standby of the snapshot; null when there was none. */
  @Column('jsonb', { nullable: true })
  standby: StandbyUse | null;

  /** Changed by `RollbackLifecycle` only. */
  @Column('text', { default: 'queued' })
  status: RollbackStatus;

  @Column('jsonb', { default: [] })
  steps: RollbackStep[];

  /** Counts the workers that have taken it up. Also the epoch of its cutover: whoever has an older one may write nothing. */
  @Column('integer', { default: 0 })
  attempt: number;

  /** Workers that died at it before anything was touched. */
  @Column('integer', { name: 'lost_workers', default: 0 })
  lostWorkers: number;

  /** It is to stop before it swaps. */
  @Column('boolean', { name: 'cancel_requested', default: false })
  cancelRequested: boolean;

  /** What the plan it was accepted by said about its place; null when nobody could look then. */
  @Column('jsonb', { nullable: true })
  planned: Promised | null;

  /** What its cutover has written down, from its beginning on. */
  @Column('jsonb', { nullable: true })
  journal: CutoverRecord | null;

  @Column('integer', { name: 'downtime_ms', nullable: true })
  downtimeMs: number | null;

  /** What lies beside the live state: while it runs and after a failure, and as long as it is kept for an undo. */
  @Column('text', { name: 'kept_database', nullable: true })
  keptDatabase: string | null;

  @Column('text', { name: 'kept_directory', nullable: true })
  keptDirectory: string | null;

  /** Size of the live database when it was looked at, for people. */
  @Column('bigint', { name: 'kept_database_bytes', nullable: true, transformer: bigInteger })
  keptDatabaseBytes: number | null;

  /** The state that it puts in place (see `EnvironmentEntity.stateId`): written down before it is built. Null for an undo. */
  @Column('uuid', { name: 'state_id', nullable: true })
  stateId: string | null;

  /** The state that was live before, once it is completed. */
  @Column('uuid', { name: 'state_before', nullable: true })
  stateBefore: string | null;

  /** Until when it can be undone; null when no previous state is kept. */
  @Column('timestamptz', { name: 'kept_until', nullable: true })
  keptUntil: Date | null;

  /** The previous state may not be used any more from here on: it is being removed. */
  @Column('timestamptz', { name: 'undo_expired_at', nullable: true })
  undoExpiredAt: Date | null;

  /** The rollback that this one undoes. */
  @Column('uuid', { name: 'undo_of', nullable: true })
  undoOf: string | null;

  @Column('uuid', { name: 'undone_by', nullable: true })
  undoneBy: string | null;

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
