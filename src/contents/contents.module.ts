import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { ComparisonsController } from './comparisons.controller.js';
import { ContentsController } from './contents.controller.js';
import { Downloads } from './downloads.js';
import { FileDownloads } from './file-downloads.js';
import { SnapshotComparisons } from './snapshot-comparisons.js';
import { SnapshotContents } from './snapshot-contents.js';

/** Looking into snapshots. */
@Module({
  imports: [ProjectsModule, SnapshotsModule],
  controllers: [ContentsController, ComparisonsController],
  providers: [SnapshotContents, SnapshotComparisons, Downloads, FileDownloads],
  exports: [Downloads],
})
export class ContentsModule {}
