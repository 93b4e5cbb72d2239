import { Module } from '@nestjs/common';
import { ProgressFeed } from './progress-feed.js';
import { ProgressListener } from './progress-listener.js';
import { ProgressLog } from './progress-log.js';
import { ProgressStreams } from './progress-streams.js';

@Module({
  providers: [ProgressLog, ProgressListener, ProgressFeed, ProgressStreams],
  exports: [ProgressLog, ProgressStreams],
})
export class ProgressModule {}
