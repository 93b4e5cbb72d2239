import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { FailurePolicy } from '../contract/generated/types.gen.js';

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

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
