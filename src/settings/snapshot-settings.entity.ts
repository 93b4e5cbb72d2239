import { Column, Entity, PrimaryColumn } from 'typeorm';
import type {
  DatabasePropertiesFrom,
  FailurePolicy,
  GateRequires,
  StandbyWhen,
  VerifyRestored,
  VerifyWhen,
} from '../contract/generated/types.gen.js';
import { bigInteger } from '../database/big-integer.js';

@Entity('snapshot_settings')
export class SnapshotSettingsEntity {
  @PrimaryColumn('uuid', { name: 'environment_id' })
  environmentId: string;

  @Column('boolean', { name: 'auto_enabled', default: true })
  autoEnabled: boolean;

  @Column('text', { name: 'failure_policy', default: 'block' })
  failurePolicy: FailurePolicy;

  @Column('integer', { name: 'max_pinned', default: 5 })
  maxPinned: number;

  @Column('integer', { name: 'retention_days', default: 30 })
  retentionDays: number;

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

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
