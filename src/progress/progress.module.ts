import { Module } from '@nestjs/common';
import { ProgressListener } from './progress-listener.js';
import { ProgressLog } from './progress-log.js';
import { ProgressStreams } from './progress-streams.js';

@Module({
  providers: [ProgressLog, ProgressListener, ProgressStreams],
  exports: [ProgressLog, ProgressStreams],
})
export class ProgressModule {}
