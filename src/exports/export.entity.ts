import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ExportFormat, ExportLayout, ExportStatus, Finding } from '../contract/generated/types.gen.js';
import { bigInteger } from '../database/big-integer.js';

@Entity('snapshot_exports')
export class ExportEntity {
  /** Its scratch database is named by it, too. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  @Column('uuid', { name: 'snapshot_id' })
  snapshotId: string;

  /** Changed by `ExportLifecycle` only. */
  @Column('text', { default: 'queued' })
  status: ExportStatus;

  /** Counts the workers that have taken it up; a worker whose number is not this one any more has lost it. */
  @Column('integer', { default: 0 })
  attempt: number;

  @Column('text')
  format: ExportFormat;

  @Column('text')
  layout: ExportLayout;

  /** By whose rules the data is made harmless; null: it is as it was captured. */
  @Column('uuid', { name: 'neutralized_for', nullable: true })
  neutralizedFor: string | null;

  /** In the directory for exports. */
  @Column('text', { name: 'file_name' })
  fileName: string;

  @Column('bigint', { name: 'size_bytes', nullable: true, transformer: bigInteger })
  sizeBytes: number | null;

  @Column('text', { nullable: true })
  sha256: string | null;

  @Column('jsonb', { nullable: true })
  finding: Finding | null;

  @Column('text', { name: 'requested_by' })
  requestedBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;
}
