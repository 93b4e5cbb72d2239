import { Controller, Get, Param, Query } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type * as api from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { SnapshotReader } from './snapshot-reader.js';
import { toSnapshotDto } from './snapshot.dto.js';

@Controller('projects/:projectId/snapshots')
export class ProjectSnapshotsController {
  constructor(
    private readonly environments: EnvironmentReader,
    private readonly reader: SnapshotReader,
  ) {}

  @Get()
  @Requires('snapshots:read')
  async projectSnapshotList(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.ProjectSnapshotListData['path'],
    @Query() query: NonNullable<api.ProjectSnapshotListData['query']>,
  ): Promise<api.ProjectSnapshotListResponse> {
    await this.environments.requireProject(caller, projectId);
    return mapPage(await this.reader.listOfProject(projectId, query), toSnapshotDto);
  }
}
