import { Controller, Get, Param, Query } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ForCaller } from '../auth/for-caller.js';
import type { SettingsControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import { newestPage } from '../database/newest-first.js';
import { mapPage } from '../database/page.js';
import { RowReader } from '../database/row-reader.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { ScheduleRunEntity } from './schedule-run.entity.js';

const RUNS = new RowReader(ScheduleRunEntity);

@Controller('environments/:environmentId/schedule-runs')
export class ScheduleRunsController implements ForCaller<Pick<SettingsControllerMethods, 'scheduleRunList'>> {
  constructor(
    @InjectRepository(ScheduleRunEntity) private readonly runs: Repository<ScheduleRunEntity>,
    private readonly environments: EnvironmentReader,
  ) {}

  @Get()
  @Requires('settings:read')
  async scheduleRunList(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.ScheduleRunListData['path'],
    @Query() query: NonNullable<api.ScheduleRunListData['query']>,
  ): Promise<api.ScheduleRunListResponse> {
    await this.environments.require(caller, environmentId);
    return mapPage(
      await newestPage(RUNS, this.runs.manager, [['row.environment_id = ?', environmentId]], query),
      toScheduleRunDto,
    );
  }
}

function toScheduleRunDto(row: ScheduleRunEntity): api.ScheduleRun {
  const { id, cron, timeZone, outcome, runCount, reason, snapshotId } = row;
  return {
    ...{ id, dueAt: row.dueAt.toISOString(), cron, timeZone, outcome, runCount, reason, snapshotId },
    createdAt: row.createdAt.toISOString(),
  };
}
