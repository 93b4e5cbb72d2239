import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { SnapshotDefaultsRule } from '../contract/generated/types.gen.js';

@Entity('projects')
export class ProjectEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  /** The tenant, from the token that created the project. */
  @Column('text')
  organization: string;

  @Column('text')
  name: string;

  @Column('text', { nullable: true })
  description: string | null;

  /** What its environments have where they say nothing themselves; see `effectiveProtection`. */
  @Column('jsonb', { name: 'snapshot_defaults', default: [] })
  snapshotDefaults: SnapshotDefaultsRule[];

  @Column('timestamptz', { name: 'snapshot_defaults_at', nullable: true })
  snapshotDefaultsAt: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
