import { Body, Controller, Get, Headers, Param, Put } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ForCaller } from '../auth/for-caller.js';
import type { SettingsControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import { Tagged } from '../contract/tagged.js';
import { toSnapshotDefaultsDto } from './snapshot-defaults.dto.js';
import { SnapshotDefaultsService } from './snapshot-defaults.service.js';

type Methods = Pick<SettingsControllerMethods, 'snapshotDefaultsView' | 'snapshotDefaultsReplace'>;

@Controller('projects/:projectId/snapshot-defaults')
export class SnapshotDefaultsController implements ForCaller<Methods> {
  constructor(private readonly defaults: SnapshotDefaultsService) {}

  @Get()
  @Requires('settings:read')
  @Tagged()
  async snapshotDefaultsView(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.SnapshotDefaultsViewData['path'],
  ): Promise<api.SnapshotDefaultsViewResponse> {
    return toSnapshotDefaultsDto(await this.defaults.view(caller, projectId));
  }

  @Put()
  @Requires('settings:write')
  @Tagged()
  async snapshotDefaultsReplace(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.SnapshotDefaultsReplaceData['path'],
    @Body() { rules }: api.SnapshotDefaultsReplacement,
    @Headers() { 'If-Match': ifMatch }: NonNullable<api.SnapshotDefaultsReplaceData['headers']>,
  ): Promise<api.SnapshotDefaultsReplaceResponse> {
    return toSnapshotDefaultsDto(await this.defaults.replace(caller, projectId, rules, ifMatch));
  }
}
