import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
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
    return toRetentionPlanDto(await this.retention.plan(caller, environmentId, page, timeOf(at)));
  }

  @Post('preview')
  @HttpCode(200)
  @Requires('settings:read')
  async retentionPreview(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.RetentionPreviewData['path'],
    @Body() { at, ...settings }: api.RetentionPreview,
    @Query() query: NonNullable<api.RetentionPreviewData['query']>,
  ): Promise<api.RetentionPreviewResponse> {
    const supposed = { ...timeOf(at), settings };
    return toRetentionPlanDto(await this.retention.plan(caller, environmentId, query, supposed));
  }
}

function timeOf(at: string | undefined): { at?: Date } {
  return at === undefined ? {} : { at: new Date(at) };
}
