import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProjectsModule } from '../projects/projects.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { ScheduleRunEntity } from './schedule-run.entity.js';
import { ScheduleRunsController } from './schedule-runs.controller.js';
import { Schedules } from './schedules.js';
import { ScheduleUpkeep } from './schedule-upkeep.js';

/** Snapshots that are taken by themselves, when an environment's settings or its project's say so. */
@Module({
  imports: [TypeOrmModule.forFeature([ScheduleRunEntity]), ProjectsModule, SettingsModule, SnapshotsModule],
  controllers: [ScheduleRunsController],
  providers: [Schedules, ScheduleUpkeep],
})
export class SchedulesModule {}
