import { Controller, Get } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ForCaller } from '../auth/for-caller.js';
import type { QuotasControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import { toQuotaStateDto } from './quota.dto.js';
import { Quotas } from './quotas.js';

@Controller('quota')
export class QuotasController implements ForCaller<QuotasControllerMethods> {
  constructor(private readonly quotas: Quotas) {}

  @Get()
  @Requires('environments:read')
  async quotaView(@CurrentCaller() { organization }: Caller): Promise<api.QuotaViewResponse> {
    return { organization, quotas: (await this.quotas.state(organization)).map(toQuotaStateDto) };
  }
}
