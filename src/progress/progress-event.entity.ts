import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('progress_events')
export class ProgressEventEntity {
  /** Ascending; also the id of the server-sent event. */
  @PrimaryColumn('bigint', { generated: 'identity' })
  id: string;

  /** The snapshot or deployment it is about. */
  @Column('uuid', { name: 'subject_id' })
  subjectId: string;

  @Column('jsonb')
  data: Record<string, unknown>;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
