import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { audited } from '../audit/audited.js';
import type { Finding, ItemRestoreStatus } from '../contract/generated/types.gen.js';
import type { RestoredTable } from '../engine/items/restore-tables.js';
import type { StagedItems } from '../engine/items/stage-items.js';
import { databaseTime } from '../database/database-time.js';
import { JobQueue } from '../jobs/job-queue.js';
import { ProgressLog } from '../progress/progress-log.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { organizationOf } from '../projects/tenancy.js';
import { ITEM_RESTORE_JOB, type ItemRestoreJobData } from './jobs/job-names.js';
import { toItemRestoreDto, toItemRestoreProgress } from './item-restore.dto.js';
import { ItemRestoreEntity } from './item-restore.entity.js';

/** It was taken up by another worker, or has ended. */
export class ItemRestoreLost extends Error {
  override name = 'ItemRestoreLost';
}

export type ItemRestoreOrder = Pick<
  ItemRestoreEntity,
  'id' | 'snapshotId' | 'place' | 'files' | 'tables' | 'requestedBy'
>;

/** How it ends, and what is still beside the filestore then. */
export interface ItemRestoreEnd {
  status: Extract<ItemRestoreStatus, 'completed' | 'failed' | 'undone'>;
  finding: Finding | null;
  staged: StagedItems | null;
  /** How long it can be taken back, and that is kept; null: as was said before. */
  undoMinutes: number | null;
}

/** The only writer of an item restore's status. Row, progress event and job change in one transaction. */
@Injectable()
export class ItemRestoreLifecycle {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly progress: ProgressLog,
  ) {}

  /** A queued one and its job, in the caller's transaction, which holds the environment's row. */
  async order(
    manager: EntityManager,
    environment: EnvironmentEntity,
    order: ItemRestoreOrder,
  ): Promise<ItemRestoreEntity> {
    const createdAt = await databaseTime(manager);
    const row = await manager.save(
      manager.create(ItemRestoreEntity, { ...order, environmentId: environment.id, createdAt }),
    );
    await this.enqueue(manager, row, environment);
    return row;
  }

  /** One that is completed is to be taken back, in the caller's transaction, which holds the environment's row. */
  async orderUndo(manager: EntityManager, environment: EnvironmentEntity, id: string): Promise<ItemRestoreEntity> {
    const undoing = { status: 'undoing', finding: null, finishedAt: null } as const;
    await manager.update(ItemRestoreEntity, { id, status: 'completed' }, undoing);
    const row = await manager.findOneByOrFail(ItemRestoreEntity, { id });
    await this.progress.beginAnew(id, manager);
    await this.enqueue(manager, row, environment);
    return row;
  }

  /** A worker takes it up; whoever had it before has lost it. Null when it has ended, or is gone with its environment. */
  async take(id: string): Promise<ItemRestoreEntity | null> {
    return this.dataSource.transaction(async (manager) => {
      const changes = { attempt: () => 'attempt + 1', startedAt: () => 'coalesce(started_at, now())' };
      const restoring = { id, status: In(['queued', 'running']) };
      const [begun, undone] = [
        await manager.update(ItemRestoreEntity, restoring, { ...changes, status: 'running' }),
        await manager.update(ItemRestoreEntity, { id, status: 'undoing' }, changes),
      ];
      return begun.affected === 1 || undone.affected === 1 ? manager.findOneBy(ItemRestoreEntity, { id }) : null;
    });
  }

  /** Before the filestore is touched. Throws `ItemRestoreLost`. */
  async noteStaged(row: ItemRestoreEntity, staged: StagedItems): Promise<void> {
    await this.note(row, { staged: staged as unknown as QueryDeepPartialEntity<StagedItems> });
    row.staged = staged;
  }

  /** Throws `ItemRestoreLost`. */
  async noteTables(row: ItemRestoreEntity, tables: RestoredTable[]): Promise<void> {
    await this.note(row, { restoredTables: tables });
    row.restoredTables = tables;
  }

  /** Whether another worker has it by now, or it has ended. */
  async isLost({ id, attempt }: ItemRestoreEntity): Promise<boolean> {
    const where = { id, attempt, status: In(['running', 'undoing']) };
    return !(await this.dataSource.manager.existsBy(ItemRestoreEntity, where));
  }

  /** The worker gives it back unfinished. */
  async handBack({ id, attempt }: ItemRestoreEntity): Promise<void> {
    const where = { id, attempt, status: 'running' as const };
    await this.dataSource.manager.update(ItemRestoreEntity, where, { status: 'queued' });
  }

  /** Does nothing when another worker has it by now; `attempt` is left out by those who may overrule any. */
  async end(id: string, end: ItemRestoreEnd, attempt?: number): Promise<void> {
    const { status, finding, staged, undoMinutes } = end;
    await this.dataSource.transaction(async (manager) => {
      const where = { id, status: In(['queued', 'running', 'undoing']), ...(attempt !== undefined && { attempt }) };
      const until = `clock_timestamp() + make_interval(mins => ${undoMinutes ?? 0})`;
      const { affected } = await manager.update(ItemRestoreEntity, where, {
        ...{ status, finding, finishedAt: () => 'clock_timestamp()' },
        staged: staged as unknown as QueryDeepPartialEntity<StagedItems>,
        ...(undoMinutes !== null && { undoUntil: () => until }),
      });
      if (affected !== 1) return;
      const row = await manager.findOneByOrFail(ItemRestoreEntity, { id });
      await this.progress.append(id, toItemRestoreProgress(row), manager);
      // An end that somebody else puts to it.
      if (attempt === undefined) {
        const { environmentId } = row;
        const after = toItemRestoreDto(row);
        audited(manager, { operation: 'item-restore.fail', subject: ['item-restore', id], environmentId, after });
      }
    });
  }

  private async enqueue(manager: EntityManager, row: ItemRestoreEntity, to: EnvironmentEntity): Promise<void> {
    await this.progress.append(row.id, toItemRestoreProgress(row), manager);
    const data: ItemRestoreJobData = { itemRestoreId: row.id };
    const organization = await organizationOf(manager, to.projectId);
    await this.queue.enqueue(manager, ITEM_RESTORE_JOB, data, { pool: to.pool, organization });
  }

  private async note(
    { id, attempt }: ItemRestoreEntity,
    changes: QueryDeepPartialEntity<ItemRestoreEntity>,
  ): Promise<void> {
    const where = { id, attempt, status: In(['running', 'undoing']) };
    const { affected } = await this.dataSource.manager.update(ItemRestoreEntity, where, changes);
    if (affected !== 1) throw new ItemRestoreLost('Another worker has it by now.');
  }
}
