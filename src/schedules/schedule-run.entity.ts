import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Finding } from '../contract/generated/types.gen.js';
import { bigInteger } from '../database/big-integer.js';

/** What came of a run of a schedule, or of several that were skipped for one reason. */
@Entity('schedule_runs')
export class ScheduleRunEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  /** The `ruleKey` of the entry: with the time it is due, there is one run, however many processes there are. */
  @Column('text')
  rule: string;

  @Column('text')
  cron: string;

  @Column('text', { name: 'time_zone' })
  timeZone: string;

  @Column('timestamptz', { name: 'due_at' })
  dueAt: Date;

  @Column('text')
  outcome: 'started' | 'skipped';

  @Column('bigint', { name: 'run_count', default: 1, transformer: bigInteger })
  runCount: number;

  @Column('jsonb', { nullable: true })
  reason: Finding | null;

  @Column('uuid', { name: 'snapshot_id', nullable: true })
  snapshotId: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
