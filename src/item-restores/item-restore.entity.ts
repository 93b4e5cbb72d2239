import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Finding, ItemPlacement, ItemRestoreStatus } from '../contract/generated/types.gen.js';
import type { TableName } from '../engine/items/described-tables.js';
import type { RestoredTable } from '../engine/items/restore-tables.js';
import type { StagedItems } from '../engine/items/stage-items.js';
import type { EncodedPath } from '../vault/manifests/manifest.js';

@Entity('item_restores')
export class ItemRestoreEntity {
  /** The names of what is built beside the filestore derive from it. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'environment_id' })
  environmentId: string;

  @Column('uuid', { name: 'snapshot_id' })
  snapshotId: string;

  /** Changed by `ItemRestoreLifecycle` only. */
  @Column('text', { default: 'queued' })
  status: ItemRestoreStatus;

  /** Counts the workers that have taken it up; a worker whose number is not this one any more has lost it. */
  @Column('integer', { default: 0 })
  attempt: number;

  @Column('text')
  place: ItemPlacement;

  /** What was asked for. */
  @Column('jsonb')
  files: EncodedPath[];

  @Column('jsonb')
  tables: TableName[];

  /** What is made ready or was put into place, written down before it is; null where nothing of it is beside the filestore. */
  @Column('jsonb', { nullable: true })
  staged: StagedItems | null;

  /** What is in the live database. */
  @Column('jsonb', { name: 'restored_tables', nullable: true })
  restoredTables: RestoredTable[] | null;

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

  /** Until when it can be taken back, and what is beside the filestore is kept. */
  @Column('timestamptz', { name: 'undo_until', nullable: true })
  undoUntil: Date | null;
}
