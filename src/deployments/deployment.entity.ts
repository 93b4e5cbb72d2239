import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { DeploymentStatus, Gate } from '../contract/generated/types.gen.js';

@Entity('deployments')
export class DeploymentEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  @Column('text')
  kind: 'deploy' | 'rollback';

  @Column('text')
  status: DeploymentStatus;

  @Column('text', { nullable: true })
  version: string | null;

  @Column('text', { nullable: true })
  gate: Gate | null;

  @Column('text', { name: 'gate_reason', nullable: true })
  gateReason: string | null;

  /** When a pending gate is decided without waiting any longer. */
  @Column('timestamptz', { name: 'gate_deadline', nullable: true })
  gateDeadline: Date | null;

  @Column('uuid', { name: 'snapshot_id', nullable: true })
  snapshotId: string | null;

  @Column('uuid', { name: 'rollback_deployment_id', nullable: true })
  rollbackDeploymentId: string | null;

  @Column('text', { name: 'requested_by' })
  requestedBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;
}
