import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Finding } from '../../contract/generated/types.gen.js';
import type { BuiltStandby } from '../../engine/restore/standby/built-standby.js';

/**
 * A snapshot restored beside the live state, to be swapped in. `building`: written before anything is built; its verification does it.
 * `ready`: it is `built`. `going`: it is not used any more, and is being removed. `missing`: it is gone, and the row says why.
 */
@Entity('standbys')
export class StandbyEntity {
  /** Its database and directory are named by it. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  /** Null: it was deleted. */
  @Column('uuid', { name: 'snapshot_id', nullable: true })
  snapshotId: string | null;

  /** Changed by `Standbys` only. */
  @Column('text', { default: 'building' })
  status: 'building' | 'ready' | 'going' | 'missing';

  @Column('jsonb', { nullable: true })
  built: BuiltStandby | null;

  /** The rollback (its deployment) that is about to swap it in: nobody else touches it. */
  @Column('uuid', { name: 'taken_by', nullable: true })
  takenBy: string | null;

  /** Why it goes, or is missing. */
  @Column('jsonb', { nullable: true })
  reason: Finding | null;

  /** How often one was built in vain, since one was ready. */
  @Column('integer', { default: 0 })
  tries: number;

  @Column('timestamptz', { name: 'missing_since', nullable: true })
  missingSince: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'ready_at', nullable: true })
  readyAt: Date | null;
}
