import { Controller, Get, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ForCaller } from '../auth/for-caller.js';
import type { UsageControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import { toUsageDayDto } from './usage.dto.js';
import { UsageService } from './usage.service.js';

@Controller('usage')
export class UsageController implements ForCaller<UsageControllerMethods> {
  constructor(private readonly usage: UsageService) {}

  @Get()
  @Requires('environments:read')
  async usageView(
    @CurrentCaller() caller: Caller,
    @Query() query: NonNullable<api.UsageViewData['query']>,
  ): Promise<api.UsageViewResponse> {
    return mapPage(await this.usage.list(caller, query), toUsageDayDto);
  }
}
