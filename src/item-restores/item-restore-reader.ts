import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, Not } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { ItemRestoreStatus } from '../contract/generated/types.gen.js';
import { newestPage } from '../database/newest-first.js';
import type { Page, PageQuery } from '../database/page.js';
import { RowReader } from '../database/row-reader.js';
import { errors } from '../errors/catalogue.js';
import { ItemRestoreEntity } from './item-restore.entity.js';

const ROWS = new RowReader(ItemRestoreEntity);
const UNFINISHED: ItemRestoreStatus[] = ['queued', 'running', 'undoing'];

/** It checks no tenant: the caller has found the environment. */
@Injectable()
export class ItemRestoreReader {
  constructor(@InjectRepository(ItemRestoreEntity) private readonly rows: Repository<ItemRestoreEntity>) {}

  async byId(id: string, manager: EntityManager = this.rows.manager): Promise<ItemRestoreEntity | null> {
    return manager.findOneBy(ItemRestoreEntity, { id });
  }

  /** 404 when the environment has no such one. */
  async require(
    environmentId: string,
    id: string,
    manager: EntityManager = this.rows.manager,
  ): Promise<ItemRestoreEntity> {
    const row = await manager.findOneBy(ItemRestoreEntity, { id, environmentId });
    if (row === null) throw errors.notFound('item restore', id);
    return row;
  }

  async list(environmentId: string, query: PageQuery): Promise<Page<ItemRestoreEntity>> {
    return newestPage(ROWS, this.rows.manager, [['row.environment_id = ?', environmentId]], query);
  }

  /** Those of an environment that have something beside its filestore, and wait for nothing but the end of the time for an undo. */
  async keeping(environmentId: string, manager: EntityManager = this.rows.manager): Promise<ItemRestoreEntity[]> {
    return manager.findBy(ItemRestoreEntity, { environmentId, staged: Not(IsNull()) });
  }

  /** Throws `environment-busy`. */
  async refuseIfRunning(manager: EntityManager, environmentId: string): Promise<void> {
    const row = await manager.findOneBy(ItemRestoreEntity, { environmentId, status: In(UNFINISHED) });
    if (row !== null) throw errors.environmentBusy('item-restore', row.id);
  }

  /** Throws `snapshot-in-use`. */
  async refuseIfUsing(manager: EntityManager, snapshotId: string): Promise<void> {
    const row = await manager.findOneBy(ItemRestoreEntity, { snapshotId, status: In(['queued', 'running']) });
    if (row !== null) throw errors.snapshotBeingTakenFrom(row.id);
  }
}
