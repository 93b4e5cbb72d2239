import { Announcements } from '../../announcements/announcements.js';
import { keptBeside, standbyBeside } from './environment-announcements.js';
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../../auth/access.decorators.js';
import type { Caller } from '../../auth/caller.js';
import type { EnvironmentsControllerMethods } from '../../contract/generated/nestjs.gen.js';
import type * as api from '../../contract/generated/types.gen.js';
import { Tagged } from '../../contract/tagged.js';
import { mapPage } from '../../database/page.js';
import { EnvironmentReader } from './environment-reader.js';
import { toEnvironmentDto } from './environment.dto.js';
import { EnvironmentsService } from './environments.service.js';
import type { ForCaller } from '../../auth/for-caller.js';

/** Who else has to do with environments: `environmentCheck` needs the rules of rollbacks, and is theirs. */
type Own = Omit<EnvironmentsControllerMethods, 'environmentCheck'>;

@Controller('projects/:projectId/environments')
export class EnvironmentsController implements ForCaller<Own> {
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
    return mapPage(await this.environments.list(caller, projectId, query), toEnvironmentDto);
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
  @Tagged('standby', 'keptStates')
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
  @Tagged()
  async environmentUpdate(
    @CurrentCaller() caller: Caller,
    @Param() { projectId, environmentId }: api.EnvironmentUpdateData['path'],
    @Body() body: api.EnvironmentUpdateWritable,
    @Query() { check = true }: NonNullable<api.EnvironmentUpdateData['query']>,
    @Headers() { 'If-Match': ifMatch }: NonNullable<api.EnvironmentUpdateData['headers']>,
  ): Promise<api.EnvironmentUpdateResponse> {
    const options = { check, ifMatch };
    return toEnvironmentDto(await this.environments.update(caller, projectId, environmentId, body, options));
  }

  @Delete(':environmentId')
  @HttpCode(204)
  @Requires('environments:write')
  async environmentDelete(
    @CurrentCaller() caller: Caller,
    @Param() { projectId, environmentId }: api.EnvironmentDeleteData['path'],
    @Query() { snapshots, data }: NonNullable<api.EnvironmentDeleteData['query']>,
    @Headers() { 'If-Match': ifMatch }: NonNullable<api.EnvironmentDeleteData['headers']>,
  ): Promise<void> {
    const options = { deleteSnapshots: snapshots === 'delete', deleteData: data === 'delete', ifMatch };
    await this.environments.delete(caller, projectId, environmentId, options);
  }
}
