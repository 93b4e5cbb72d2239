import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { ContentsController } from './contents.controller.js';
import { FileDownloads } from './file-downloads.js';
import { SnapshotContents } from './snapshot-contents.js';

/** Looking into snapshots. */
@Module({
  imports: [ProjectsModule, SnapshotsModule],
  controllers: [ContentsController],
  providers: [SnapshotContents, FileDownloads],
})
export class ContentsModule {}
