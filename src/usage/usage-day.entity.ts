import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigInteger } from '../database/big-integer.js';

/** What a project used on a day. It outlives the project, and the snapshots that it counts. */
@Entity('usage_days')
export class UsageDayEntity {
  @PrimaryColumn('uuid', { name: 'project_id' })
  projectId: string;

  /** In UTC. */
  @PrimaryColumn('date')
  day: string;

  @Column('text')
  organization: string;

  @Column('text', { name: 'project_name' })
  projectName: string;

  @Column('integer', { default: 0 })
  looks: number;

  /** The hour of the last one: each is counted once. */
  @Column('timestamptz', { name: 'last_look', nullable: true })
  lastLook: Date | null;

  /** Over all looks, and as text, since they may be more than a number holds. */
  @Column('numeric', { name: 'logical_sum', default: 0 })
  logicalSum: string;

  @Column('numeric', { name: 'stored_sum', default: 0 })
  storedSum: string;

  @Column('bigint', { name: 'added_bytes', default: 0, transformer: bigInteger })
  addedBytes: number;

  @Column('integer', { default: 0 })
  snapshots: number;
}
