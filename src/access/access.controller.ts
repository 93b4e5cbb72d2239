import { Controller, Get } from '@nestjs/common';
import { CurrentCaller, RequiresToken } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ForCaller } from '../auth/for-caller.js';
import { PERMISSIONS } from '../auth/permission.js';
import type { AccessControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import { AccessibleProjects } from './accessible-projects.js';

@Controller('access')
export class AccessController implements ForCaller<AccessControllerMethods> {
  constructor(private readonly projects: AccessibleProjects) {}

  @Get()
  @RequiresToken()
  async accessView(@CurrentCaller() caller: Caller): Promise<api.AccessViewResponse> {
    const { subject, organization, permissions, expiresAt } = caller;
    return {
      subject,
      organization,
      permissions: PERMISSIONS.filter((permission) => permissions.has(permission)),
      projects: await this.projects.of(caller),
      expiresAt: expiresAt.toISOString(),
    };
  }
}
