import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { newestPage } from '../database/newest-first.js';
import type { Page, PageQuery } from '../database/page.js';
import { RowReader } from '../database/row-reader.js';
import { errors } from '../errors/catalogue.js';
import { ExportEntity } from './export.entity.js';

const ROWS = new RowReader(ExportEntity);

/** It checks no tenant: the caller has found the environment. */
@Injectable()
export class ExportReader {
  constructor(@InjectRepository(ExportEntity) private readonly rows: Repository<ExportEntity>) {}

  async byId(id: string, manager: EntityManager = this.rows.manager): Promise<ExportEntity | null> {
    return manager.findOneBy(ExportEntity, { id });
  }

  /** 404 when the environment has no such one. */
  async require(environmentId: string, id: string, manager: EntityManager = this.rows.manager): Promise<ExportEntity> {
    const row = await manager.findOneBy(ExportEntity, { id, environmentId });
    if (row === null) throw errors.notFound('export', id);
    return row;
  }

  async list(environmentId: string, query: PageQuery): Promise<Page<ExportEntity>> {
    return newestPage(ROWS, this.rows.manager, [['row.environment_id = ?', environmentId]], query);
  }

  /** Of an environment, those whose files are there, or may be. */
  async withFiles(environmentId: string, manager: EntityManager = this.rows.manager): Promise<ExportEntity[]> {
    return manager.findBy(ExportEntity, { environmentId, status: In(['queued', 'running', 'completed']) });
  }

  /** Throws `snapshot-in-use`. */
  async refuseIfUsing(manager: EntityManager, snapshotId: string): Promise<void> {
    const row = await manager.findOneBy(ExportEntity, { snapshotId, status: In(['queued', 'running']) });
    if (row !== null) throw errors.snapshotBeingExported();
  }
}
