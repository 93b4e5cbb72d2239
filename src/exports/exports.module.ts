import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Announcements } from '../announcements/announcements.js';
import { ContentsModule } from '../contents/contents.module.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { JobQueue } from '../jobs/job-queue.js';
import { LostJobUpkeep, type WorkTable } from '../keeper/lost-job-upkeep.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { ProgressModule } from '../progress/progress.module.js';
import { environmentChange, environmentRemoval } from '../projects/environments/environment-announcements.js';
import { DoFirst } from '../projects/environments/environment-announcements.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { snapshotRemoval } from '../snapshots/snapshot-announcements.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { ExportEntity } from './export.entity.js';
import { ExportFiles } from './export-files.js';
import { ExportLifecycle } from './export-lifecycle.js';
import { ExportReader } from './export-reader.js';
import { ExportUpkeep } from './export-upkeep.js';
import { ExportsController } from './exports.controller.js';
import { ExportsService } from './exports.service.js';
import { ExportRunner } from './jobs/export-runner.js';
import { ExportSnapshotJob } from './jobs/export-snapshot.job.js';
import { EXPORT_JOB } from './jobs/job-names.js';

const EXPORTS: WorkTable = {
  kind: 'lost-export',
  job: EXPORT_JOB,
  table: 'snapshot_exports',
  id: 'id',
  dataKey: 'exportId',
  neverHeld: 'false',
};

/** Snapshots as files. */
@Module({
  imports: [
    TypeOrmModule.forFeature([ExportEntity]),
    IdempotencyModule,
    ProgressModule,
    ProjectsModule,
    SnapshotsModule,
    ContentsModule,
  ],
  controllers: [ExportsController],
  providers: [
    ExportsService,
    ExportReader,
    ExportLifecycle,
    ExportFiles,
    ExportRunner,
    ExportSnapshotJob,
    ExportUpkeep,
  ],
})
export class ExportsModule implements OnModuleInit {
  private readonly queued: LostJobUpkeep;

  constructor(
    private readonly announcements: Announcements,
    private readonly reader: ExportReader,
    private readonly files: ExportFiles,
    private readonly lifecycle: ExportLifecycle,
    private readonly upkeep: UpkeepRegistry,
    private readonly dataSource: DataSource,
    queue: JobQueue,
  ) {
    this.queued = new LostJobUpkeep(EXPORTS, dataSource, queue);
  }

  onModuleInit(): void {
    const { announcements, reader } = this;
    this.upkeep.register(this.queued);
    announcements.listen('exports', snapshotRemoval, (manager, id) => reader.refuseIfUsing(manager, id));
    announcements.listen('exports', environmentChange, async (manager, { environment: { id, pool }, prospect }) => {
      if (prospect.pool !== pool) await this.queued.moveTo(manager, id, prospect.pool);
    });
    // Afterwards nobody would know of their files.
    announcements.listen('exports', environmentRemoval, async (manager, { environment: { id } }) => {
      if ((await reader.withFiles(id, manager)).length > 0) throw new DoFirst(() => this.removeAllOf(id));
    });
  }

  private async removeAllOf(environmentId: string): Promise<void> {
    for (const row of await this.reader.withFiles(environmentId)) {
      const finding = { code: 'environment-deleted', message: 'The environment was deleted.' };
      await this.lifecycle.fail(row.id, finding);
      await this.files.remove(row);
      await this.dataSource.transaction((manager) => this.lifecycle.removed(manager, row.id));
    }
  }
}
