import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DatabaseLineage } from '../../vault/manifests/manifest-database.js';

/** A state that was restored from a snapshot, as far as a later snapshot of it can build on that. Written by `RestoredStates` only. */
@Entity('restored_states')
export class RestoredStateEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  /** That it was restored from. */
  @Column('uuid', { name: 'snapshot_id' })
  snapshotId: string;

  /** Of its database; null when nothing can be built on that. */
  @Column('jsonb', { nullable: true })
  lineage: DatabaseLineage | null;

  /** All was noted. */
  @Column('boolean', { default: false })
  finished: boolean;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
