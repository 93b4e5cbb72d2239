import { Body, Controller, Get, Headers, Param, Patch } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { Tagged } from '../contract/tagged.js';
import type { SettingsControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import type { ForCaller } from '../auth/for-caller.js';
import { toSettingsDto } from './settings.dto.js';
import { SettingsService } from './settings.service.js';

@Controller('environments/:environmentId/snapshot-settings')
export class SettingsController implements ForCaller<
  Pick<SettingsControllerMethods, 'settingsView' | 'settingsUpdate'>
> {
  constructor(private readonly settings: SettingsService) {}

  @Get()
  @Requires('settings:read')
  @Tagged('nextRuns')
  async settingsView(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.SettingsViewData['path'],
  ): Promise<api.SettingsViewResponse> {
    return toSettingsDto(await this.settings.view(caller, environmentId));
  }

  @Patch()
  @Requires('settings:write')
  @Tagged('nextRuns')
  async settingsUpdate(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.SettingsUpdateData['path'],
    @Body() body: api.SnapshotSettingsUpdate,
    @Headers() { 'If-Match': ifMatch }: NonNullable<api.SettingsUpdateData['headers']>,
  ): Promise<api.SettingsUpdateResponse> {
    return toSettingsDto(await this.settings.update(caller, environmentId, body, ifMatch));
  }
}
