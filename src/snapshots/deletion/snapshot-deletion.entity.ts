import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RestorabilityState, SnapshotStatus } from '../../contract/generated/types.gen.js';

/** What is left of a deleted snapshot: when, by whom and why. */
@Entity('snapshot_deletions')
export class SnapshotDeletionEntity {
  @PrimaryColumn('uuid', { name: 'snapshot_id' })
  snapshotId: string;

  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  /** When the snapshot had been asked for. */
  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'deleted_at', default: () => 'now()' })
  deletedAt: Date;

  @Column('text', { name: 'deleted_by' })
  deletedBy: string;

  @Column('text')
  reason: string;

  /** How it had ended; null for deletions of before this was kept. */
  @Column('text', { nullable: true })
  status: SnapshotStatus | null;

  /** What was known of it; null for one that was not completed, and as above. */
  @Column('text', { nullable: true })
  restorability: RestorabilityState | null;
}
