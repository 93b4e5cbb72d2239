import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PhaseTimes } from './phase-times.js';
import { ProgressEventEntity } from './progress-event.entity.js';
import { ProgressFeed } from './progress-feed.js';
import { ProgressListener } from './progress-listener.js';
import { ProgressLog } from './progress-log.js';
import { ProgressStreams } from './progress-streams.js';

@Module({
  imports: [TypeOrmModule.forFeature([ProgressEventEntity])],
  providers: [ProgressLog, ProgressListener, ProgressFeed, ProgressStreams, PhaseTimes],
  exports: [ProgressLog, ProgressStreams, PhaseTimes],
})
export class ProgressModule {}
