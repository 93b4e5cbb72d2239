import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ProjectsControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import type { ForCaller } from '../auth/for-caller.js';
import { toProjectDto } from './project.dto.js';
import { ProjectsService } from './projects.service.js';

@Controller('projects')
export class ProjectsController implements ForCaller<ProjectsControllerMethods> {
  constructor(private readonly projects: ProjectsService) {}

  @Get()
  @Requires('environments:read')
  async projectList(
    @CurrentCaller() caller: Caller,
    @Query() query: NonNullable<api.ProjectListData['query']>,
  ): Promise<api.ProjectListResponse> {
    return mapPage(await this.projects.list(caller, query), toProjectDto);
  }

  @Post()
  @Requires('environments:write')
  async projectCreate(
    @CurrentCaller() caller: Caller,
    @Body() body: api.ProjectCreate,
  ): Promise<api.ProjectCreateResponse> {
    return toProjectDto(await this.projects.create(caller, body));
  }

  @Get(':projectId')
  @Requires('environments:read')
  async projectView(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.ProjectViewData['path'],
  ): Promise<api.ProjectViewResponse> {
    return toProjectDto(await this.projects.view(caller, projectId));
  }

  @Patch(':projectId')
  @Requires('environments:write')
  async projectUpdate(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.ProjectUpdateData['path'],
    @Body() body: api.ProjectUpdate,
  ): Promise<api.ProjectUpdateResponse> {
    return toProjectDto(await this.projects.update(caller, projectId, body));
  }

  @Delete(':projectId')
  @HttpCode(204)
  @Requires('environments:write')
  async projectDelete(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.ProjectDeleteData['path'],
  ): Promise<void> {
    await this.projects.delete(caller, projectId);
  }
}
