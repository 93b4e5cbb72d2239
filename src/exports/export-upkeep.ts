import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import { toFinding } from '../errors/finding.js';
import type { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { type NewKeeperItem, NotDone, type Upkeep } from '../keeper/upkeep.js';
import { ExportFiles } from './export-files.js';
import { ExportLifecycle } from './export-lifecycle.js';
import { ExportReader } from './export-reader.js';

/** One look finds so many. */
const MOST_FOUND = 500;

/** Files of exports, once their time is over; and of those that failed, whatever their workers have left. */
@Injectable()
export class ExportUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'export-file';
  readonly concurrency = 2;
  readonly prunes = true;
  readonly help = 'See to it that the directory for exports (EXPORT_ROOT) can be written to; it is tried again.';

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly dataSource: DataSource,
    private readonly reader: ExportReader,
    private readonly files: ExportFiles,
    private readonly lifecycle: ExportLifecycle,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    const rows = await manager.query<{ id: string; environmentId: string; projectId: string; pool: string }[]>(
      `SELECT x.id, e.id AS "environmentId", e.project_id AS "projectId", e.pool
         FROM snapshot_exports x JOIN environments e ON e.id = x.environment_id
        WHERE x.status = 'completed' AND x.expires_at <= now() LIMIT ${MOST_FOUND}`,
    );
    return rows.map(({ id, ...whose }) => ({ subject: id, ...whose }));
  }

  async tend({ subject }: KeeperItemEntity): Promise<void> {
    const row = await this.reader.byId(subject);
    if (row === null || row.status !== 'completed') return;
    await this.files.remove(row).catch((error: unknown) => {
      throw new NotDone({
        code: 'left-over',
        message: `The file ${row.fileName} is left over: ${toFinding(error).message}`,
      });
    });
    await this.dataSource.transaction(async (manager) => {
      await this.lifecycle.removed(manager, subject);
      const before = { fileName: row.fileName, reason: 'Its time is over.' };
      const { environmentId } = row;
      audited(manager, { operation: 'export.remove', subject: ['export', subject], environmentId, before });
    });
  }
}
