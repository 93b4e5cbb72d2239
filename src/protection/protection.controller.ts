import { Controller, Get, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ForCaller } from '../auth/for-caller.js';
import type { ProtectionControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import { ProtectionService } from './protection.service.js';

@Controller('protection')
export class ProtectionController implements ForCaller<ProtectionControllerMethods> {
  constructor(private readonly protection: ProtectionService) {}

  @Get()
  @Requires('environments:read')
  async protectionList(
    @CurrentCaller() caller: Caller,
    @Query() query: NonNullable<api.ProtectionListData['query']>,
  ): Promise<api.ProtectionListResponse> {
    return this.protection.list(caller, query);
  }
}
