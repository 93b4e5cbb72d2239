import { Controller, Get, Param, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { RetentionControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import type { ForCaller } from '../auth/for-caller.js';
import { toRetentionPlanDto } from './retention.dto.js';
import { RetentionService } from './retention.service.js';

@Controller('environments/:environmentId/retention-plan')
export class RetentionController implements ForCaller<RetentionControllerMethods> {
  constructor(private readonly retention: RetentionService) {}

  @Get()
  @Requires('settings:read')
  async retentionPlan(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.RetentionPlanData['path'],
    @Query() query: NonNullable<api.RetentionPlanData['query']>,
  ): Promise<api.RetentionPlanResponse> {
    const { at, ...page } = query;
    const outlook = await this.retention.plan(caller, environmentId, page, at === undefined ? undefined : new Date(at));
    return toRetentionPlanDto(outlook);
  }
}
