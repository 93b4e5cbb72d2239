import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type {
  Finding,
  ReadInFull,
  RestorabilityState,
  SnapshotStatus,
  SnapshotStep,
  SnapshotTrigger,
  SnapshotType,
} from '../contract/generated/types.gen.js';
import type { CronRule } from '../calendar/cron-rule.js';
import { bigInteger } from '../database/big-integer.js';
import type { LeftOutSummary } from '../engine/capture/left-out-summary.js';
import type { DatabaseRequirements } from '../engine/postgres/capabilities/requirements.js';
import type { RecordedProperties } from '../engine/postgres/properties/recorded-properties.js';
import type { KnownFinding } from './restorability/restorability.js';
import type { KeptState } from './capture/kept-state.js';

@Entity('snapshots')
export class SnapshotEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  @Column('uuid', { name: 'project_id' })
  projectId: string;

  @Column('text', { default: 'full' })
  type: SnapshotType;

  /** What the caller wants; null leaves it to the worker. */
  @Column('text', { name: 'requested_type', nullable: true })
  requestedType: SnapshotType | null;

  /** Held as long as this snapshot needs it: see `SnapshotBase`. */
  @Column('uuid', { name: 'base_snapshot_id', nullable: true })
  baseSnapshotId: string | null;

  /** Whether a differential can build on it. */
  @Column('boolean', { name: 'can_be_base', default: false })
  canBeBase: boolean;

  @Column('text')
  trigger: SnapshotTrigger;

  /** Changed by `SnapshotLifecycle` only. */
  @Column('text', { default: 'queued' })
  status: SnapshotStatus;

  @Column('text', { nullable: true })
  label: string | null;

  @Column('timestamptz', { name: 'pinned_at', nullable: true })
  pinnedAt: Date | null;

  /** The subject of the token; null for pins of before it was kept. */
  @Column('text', { name: 'pinned_by', nullable: true })
  pinnedBy: string | null;

  @Column('text', { name: 'pin_reason', nullable: true })
  pinReason: string | null;

  /** Null: it holds until it is taken off. */
  @Column('timestamptz', { name: 'pin_expires_at', nullable: true })
  pinExpiresAt: Date | null;

  /** When it was told that the pin expires. */
  @Column('timestamptz', { name: 'pin_told_at', nullable: true })
  pinToldAt: Date | null;

  /** What it gives back, as the engine reckons it; null until it is completed, and in snapshots from before it was kept. */
  @Column('text', { name: 'content_digest', nullable: true, select: false })
  contentDigest: string | null;

  /** The entries of the schedule that took it. */
  @Column('jsonb', { default: [] })
  schedules: CronRule[];

  @Column('bigint', { name: 'database_bytes', nullable: true, transformer: bigInteger })
  databaseBytes: number | null;

  @Column('bigint', { name: 'filestore_bytes', nullable: true, transformer: bigInteger })
  filestoreBytes: number | null;

  @Column('bigint', { name: 'file_count', nullable: true, transformer: bigInteger })
  fileCount: number | null;

  @Column('bigint', { name: 'stored_bytes', nullable: true, transformer: bigInteger })
  storedBytes: number | null;

  @Column('bigint', { name: 'read_bytes', nullable: true, transformer: bigInteger })
  readBytes: number | null;

  @Column('bigint', { name: 'carried_over_bytes', nullable: true, transformer: bigInteger })
  carriedOverBytes: number | null;

  @Column('jsonb', { name: 'read_in_full', default: [] })
  readInFull: ReadInFull[];

  /** What was there and is not in it; null when nothing was to be left out. */
  @Column('jsonb', { name: 'left_out', nullable: true })
  leftOut: LeftOutSummary | null;

  @Column('text', { name: 'server_version', nullable: true })
  serverVersion: string | null;

  /** Read by `SnapshotNeeds` only; null in snapshots from before it was kept. */
  @Column('jsonb', { name: 'database_properties', nullable: true, select: false })
  databaseProperties: RecordedProperties | null;

  /** Likewise. */
  @Column('jsonb', { nullable: true, select: false })
  requirements: DatabaseRequirements | null;

  @Column('text', { name: 'requested_by' })
  requestedBy: string;

  @Column('uuid', { name: 'deployment_id', nullable: true })
  deploymentId: string | null;

  /** Which state of the environment it was taken of, as `EnvironmentEntity.stateId` says; known when it is taken up. */
  @Column('uuid', { name: 'state_id', nullable: true })
  stateId: string | null;

  /** What it is taken of, when that is not what is live. */
  @Column('jsonb', { name: 'kept_state', nullable: true })
  keptState: KeptState | null;

  /** Counts the workers that have taken it up; a worker whose number is not this one any more has lost it. */
  @Column('integer', { default: 0 })
  attempt: number;

  @Column('boolean', { name: 'cancel_requested', default: false })
  cancelRequested: boolean;

  @Column('jsonb', { default: [] })
  warnings: Finding[];

  /** Of the attempt that is at it, or was last; written by `SnapshotLifecycle` only, and read by `SnapshotReader.stepsOf`. */
  @Column('jsonb', { default: [], select: false })
  steps: SnapshotStep[];

  @Column('jsonb', { nullable: true })
  failure: Finding | null;

  /** Null until it is completed. This and the next two are set together, as `learn` decides. */
  @Column('text', { nullable: true })
  restorability: RestorabilityState | null;

  @Column('jsonb', { name: 'restorability_findings', default: [] })
  restorabilityFindings: KnownFinding[];

  @Column('timestamptz', { name: 'proven_at', nullable: true })
  provenAt: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;

  /** Until when the vault's store keeps everybody from removing it; null where it does not. Never before `finishedAt`. */
  @Column('timestamptz', { name: 'locked_until', nullable: true })
  lockedUntil: Date | null;

  /** Since when it is in the replica; null until then. Written by `SnapshotReplicas` only. */
  @Column('timestamptz', { name: 'replicated_at', nullable: true })
  replicatedAt: Date | null;
}
