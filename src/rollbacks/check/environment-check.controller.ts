import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CurrentCaller, Requires } from '../../auth/access.decorators.js';
import type { Caller } from '../../auth/caller.js';
import type * as api from '../../contract/generated/types.gen.js';
import { EnvironmentCheckService } from './environment-check.service.js';

/** An operation of environments that goes by the rules of rollbacks, which projects must not know. */
@Controller('projects/:projectId/environments/:environmentId/check')
export class EnvironmentCheckController {
  constructor(private readonly environments: EnvironmentCheckService) {}

  @Post()
  @HttpCode(200)
  @Requires('environments:read')
  async environmentCheck(
    @CurrentCaller() caller: Caller,
    @Param() { projectId, environmentId }: api.EnvironmentCheckData['path'],
  ): Promise<api.EnvironmentCheckResponse> {
    return this.environments.check(caller, projectId, environmentId);
  }
}
