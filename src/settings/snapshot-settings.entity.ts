import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OwnProtection } from './protection.js';
import type {
  DatabasePropertiesFrom,
  FailurePolicy,
  GateRequires,
  ScheduleEntry,
  StandbyWhen,
  VerifyRestored,
  VerifyWhen,
} from '../contract/generated/types.gen.js';
import { bigInteger } from '../database/big-integer.js';

/** What an environment says itself; what holds in effect, `SettingsReader` knows. */
@Entity('snapshot_settings')
export class SnapshotSettingsEntity implements OwnProtection {
  @PrimaryColumn('uuid', { name: 'environment_id' })
  environmentId: string;

  @Column('boolean', { name: 'auto_enabled', default: true })
  autoEnabled: boolean;

  @Column('text', { name: 'failure_policy', default: 'block' })
  failurePolicy: FailurePolicy;

  @Column('integer', { name: 'max_pinned', default: 5 })
  maxPinned: number;

  @Column('integer', { name: 'timeout_seconds', default: 3600 })
  timeoutSeconds: number;

  @Column('integer', { name: 'full_every_days', default: 7 })
  fullEveryDays: number;

  @Column('boolean', { name: 'include_unlogged_tables', default: true })
  includeUnloggedTables: boolean;

  @Column('bigint', { name: 'max_read_bytes_per_second', nullable: true, transformer: bigInteger })
  maxReadBytesPerSecond: number | null;

  @Column('text', { name: 'file_references', nullable: true })
  fileReferences: string | null;

  /** How long a rollback keeps the previous state; 0 is not at all. */
  @Column('integer', { name: 'undo_minutes', default: 60 })
  undoMinutes: number;

  @Column('text', { default: 'never' })
  verify: VerifyWhen;

  @Column('text', { name: 'verify_restored', default: 'counts' })
  verifyRestored: VerifyRestored;

  /** Whose settings, comment and connection limit the database has after a rollback. */
  @Column('text', { name: 'database_properties', default: 'captured' })
  databaseProperties: DatabasePropertiesFrom;

  /** Which snapshot stands ready beside the live state. */
  @Column('text', { default: 'off' })
  standby: StandbyWhen;

  @Column('text', { name: 'gate_requires', default: 'captured' })
  gateRequires: GateRequires;

  @Column('text', { name: 'time_zone', nullable: true })
  timeZone: string | null;

  @Column('jsonb', { nullable: true })
  schedule: ScheduleEntry[] | null;

  @Column('boolean', { name: 'schedule_paused', nullable: true })
  schedulePaused: boolean | null;

  @Column('boolean', { name: 'skip_unchanged', nullable: true })
  skipUnchanged: boolean | null;

  @Column('integer', { name: 'retention_days', nullable: true })
  retentionDays: number | null;

  @Column('integer', { name: 'keep_last', nullable: true })
  keepLast: number | null;

  @Column('integer', { name: 'keep_hourly', nullable: true })
  keepHourly: number | null;

  @Column('integer', { name: 'keep_daily', nullable: true })
  keepDaily: number | null;

  @Column('integer', { name: 'keep_weekly', nullable: true })
  keepWeekly: number | null;

  @Column('integer', { name: 'keep_monthly', nullable: true })
  keepMonthly: number | null;

  @Column('integer', { name: 'keep_yearly', nullable: true })
  keepYearly: number | null;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
