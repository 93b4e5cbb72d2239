import { Controller, Get, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ForCaller } from '../auth/for-caller.js';
import type { AuditControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import { toAuditEntryDto } from './audit.dto.js';
import { AuditReader } from './audit-reader.js';

@Controller('audit')
export class AuditController implements ForCaller<AuditControllerMethods> {
  constructor(private readonly reader: AuditReader) {}

  @Get()
  @Requires('audit:read')
  async auditList(
    @CurrentCaller() caller: Caller,
    @Query() query: NonNullable<api.AuditListData['query']>,
  ): Promise<api.AuditListResponse> {
    return mapPage(await this.reader.list(caller, query), toAuditEntryDto);
  }
}
