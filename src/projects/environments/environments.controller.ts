import { Announcements } from '../../announcements/announcements.js';
import { keptBeside, standbyBeside } from './environment-announcements.js';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../../auth/access.decorators.js';
import type { Caller } from '../../auth/caller.js';
import type { EnvironmentsControllerMethods } from '../../contract/generated/nestjs.gen.js';
import type * as api from '../../contract/generated/types.gen.js';
import { toPage } from '../../database/page.js';
import { EnvironmentReader } from './environment-reader.js';
import { toEnvironmentDto } from './environment.dto.js';
import { EnvironmentsService } from './environments.service.js';
import type { ForCaller } from '../../auth/for-caller.js';

@Controller('projects/:projectId/environments')
export class EnvironmentsController implements ForCaller<EnvironmentsControllerMethods> {
  constructor(
    private readonly environments: EnvironmentsService,
    private readonly reader: EnvironmentReader,
    private readonly announcements: Announcements,
  ) {}

  @Get()
  @Requires('environments:read')
  async environmentList(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.EnvironmentListData['path'],
    @Query() query: NonNullable<api.EnvironmentListData['query']>,
  ): Promise<api.EnvironmentListResponse> {
    const [environments, total] = await this.environments.list(caller, projectId, query);
    return toPage(environments.map(toEnvironmentDto), total, query);
  }

  @Post()
  @Requires('environments:write')
  async environmentCreate(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.EnvironmentCreateData['path'],
    @Body() body: api.EnvironmentCreateWritable,
    @Query() { check = true }: NonNullable<api.EnvironmentCreateData['query']>,
  ): Promise<api.EnvironmentCreateResponse> {
    return toEnvironmentDto(await this.environments.create(caller, projectId, body, check));
  }

  @Get(':environmentId')
  @Requires('environments:read')
  async environmentView(
    @CurrentCaller() caller: Caller,
    @Param() { projectId, environmentId }: api.EnvironmentViewData['path'],
  ): Promise<api.EnvironmentViewResponse> {
    const environment = await this.reader.requireInProject(caller, projectId, environmentId);
    const [standby, keptStates] = await Promise.all([
      this.announcements.ask(standbyBeside, environmentId),
      this.announcements.ask(keptBeside, environmentId),
    ]);
    return { ...toEnvironmentDto(environment), standby, keptStates };
  }

  @Patch(':environmentId')
  @Requires('environments:write')
  async environmentUpdate(
    @CurrentCaller() caller: Caller,
    @Param() { projectId, environmentId }: api.EnvironmentUpdateData['path'],
    @Body() body: api.EnvironmentUpdateWritable,
    @Query() { check = true }: NonNullable<api.EnvironmentUpdateData['query']>,
  ): Promise<api.EnvironmentUpdateResponse> {
    return toEnvironmentDto(await this.environments.update(caller, projectId, environmentId, body, check));
  }

  @Delete(':environmentId')
  @HttpCode(204)
  @Requires('environments:write')
  async environmentDelete(
    @CurrentCaller() caller: Caller,
    @Param() { projectId, environmentId }: api.EnvironmentDeleteData['path'],
    @Query() { snapshots }: NonNullable<api.EnvironmentDeleteData['query']>,
  ): Promise<void> {
    await this.environments.delete(caller, projectId, environmentId, snapshots === 'delete');
  }
}
