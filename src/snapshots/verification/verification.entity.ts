import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Finding, VerificationOutcome, VerificationStatus } from '../../contract/generated/types.gen.js';
import { bigInteger } from '../../database/big-integer.js';

@Entity('snapshot_verifications')
export class VerificationEntity {
  /** Its scratch database and directory are named by it, too. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'snapshot_id' })
  snapshotId: string;

  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  /** What it restores is kept as this standby, when all of it is equal. */
  @Column('uuid', { name: 'standby_id', nullable: true })
  standbyId: string | null;

  /** Changed by `VerificationLifecycle` only. */
  @Column('text', { default: 'queued' })
  status: VerificationStatus;

  /** Counts the workers that have taken it up; a worker whose number is not this one any more has lost it. */
  @Column('integer', { default: 0 })
  attempt: number;

  @Column('text', { nullable: true })
  outcome: VerificationOutcome | null;

  @Column('jsonb', { nullable: true })
  finding: Finding | null;

  @Column('bigint', { name: 'table_count', nullable: true, transformer: bigInteger })
  tableCount: number | null;

  @Column('bigint', { name: 'row_count', nullable: true, transformer: bigInteger })
  rowCount: number | null;

  @Column('bigint', { name: 'file_count', nullable: true, transformer: bigInteger })
  fileCount: number | null;

  @Column('bigint', { name: 'filestore_bytes', nullable: true, transformer: bigInteger })
  filestoreBytes: number | null;

  @Column('text', { name: 'requested_by' })
  requestedBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;
}
