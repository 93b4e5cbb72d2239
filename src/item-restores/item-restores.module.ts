import { isDeepStrictEqual } from 'node:util';
import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Announcements } from '../announcements/announcements.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { JobQueue } from '../jobs/job-queue.js';
import { LostJobUpkeep, type WorkTable } from '../keeper/lost-job-upkeep.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { ProgressModule } from '../progress/progress.module.js';
import { environmentChange, environmentRemoval } from '../projects/environments/environment-announcements.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { rollbackOrder } from '../rollbacks/rollback-announcements.js';
import { RollbacksModule } from '../rollbacks/rollbacks.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { snapshotRemoval } from '../snapshots/snapshot-announcements.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { ItemRestoreEntity } from './item-restore.entity.js';
import { ItemRestoreLifecycle } from './item-restore-lifecycle.js';
import { ItemRestoreReader } from './item-restore-reader.js';
import { ItemRestoresController } from './item-restores.controller.js';
import { ItemRestoresService } from './item-restores.service.js';
import { ItemRestoreRunner } from './jobs/item-restore-runner.js';
import { ITEM_RESTORE_JOB } from './jobs/job-names.js';
import { RestoreItemsJob } from './jobs/restore-items.job.js';
import { KeptItems } from './kept-items.js';
import { KeptItemsUpkeep } from './kept-items-upkeep.js';

const ITEM_RESTORES: WorkTable = {
  kind: 'lost-item-restore',
  job: ITEM_RESTORE_JOB,
  table: 'item_restores',
  id: 'id',
  dataKey: 'itemRestoreId',
  unfinished: ['queued', 'running', 'undoing'],
  neverHeld: 'false',
};

/** Taking files and tables out of snapshots. */
@Module({
  imports: [
    TypeOrmModule.forFeature([ItemRestoreEntity]),
    IdempotencyModule,
    ProgressModule,
    ProjectsModule,
    SettingsModule,
    SnapshotsModule,
    RollbacksModule,
  ],
  controllers: [ItemRestoresController],
  providers: [
    ItemRestoresService,
    ItemRestoreReader,
    ItemRestoreLifecycle,
    ItemRestoreRunner,
    RestoreItemsJob,
    KeptItems,
    KeptItemsUpkeep,
  ],
})
export class ItemRestoresModule implements OnModuleInit {
  private readonly queued: LostJobUpkeep;

  constructor(
    private readonly announcements: Announcements,
    private readonly reader: ItemRestoreReader,
    private readonly kept: KeptItems,
    private readonly upkeep: UpkeepRegistry,
    dataSource: DataSource,
    queue: JobQueue,
  ) {
    this.queued = new LostJobUpkeep(ITEM_RESTORES, dataSource, queue);
  }

  onModuleInit(): void {
    const { announcements, reader, kept } = this;
    this.upkeep.register(this.queued);
    announcements.listen('item-restores', rollbackOrder, (manager, id) => reader.refuseIfRunning(manager, id));
    announcements.listen('item-restores', snapshotRemoval, (manager, id) => reader.refuseIfUsing(manager, id));
    announcements.listen('item-restores', environmentChange, async (manager, { environment, prospect }) => {
      await reader.refuseIfRunning(manager, environment.id);
      if (!isDeepStrictEqual(environment.filestorePath, prospect.filestorePath))
        await kept.requireNone(manager, environment);
    });
    announcements.listen('item-restores', environmentRemoval, async (manager, { environment }) => {
      await reader.refuseIfRunning(manager, environment.id);
      await kept.requireNone(manager, environment);
    });
  }
}
