import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type * as api from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { DeploymentReader } from './deployment-reader.js';
import { RollbackReadinessReader } from './rollback-readiness.js';
import { toDeploymentDto } from './deployment.dto.js';
import { DeploymentsService } from './deployments.service.js';

@Controller()
export class DeploymentsController {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly reader: DeploymentReader,
    private readonly readiness: RollbackReadinessReader,
    private readonly environments: EnvironmentReader,
  ) {}

  @Get('environments/:environmentId/deployments')
  @Requires('deployments:read')
  async deploymentList(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.DeploymentListData['path'],
    @Query() query: NonNullable<api.DeploymentListData['query']>,
  ): Promise<api.DeploymentListResponse> {
    await this.environments.require(caller, environmentId);
    return mapPage(await this.reader.list(environmentId, query), toDeploymentDto);
  }

  @Post('environments/:environmentId/deployments')
  @Requires('deployments:write')
  async deploymentCreate(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.DeploymentCreateData['path'],
    @Body() body: api.DeploymentCreate,
    @Headers() headers: NonNullable<api.DeploymentCreateData['headers']>,
  ): Promise<api.DeploymentCreateResponse> {
    return toDeploymentDto(await this.deployments.announce(caller, environmentId, body, headers['Idempotency-Key']));
  }

  @Get('deployments/:deploymentId')
  @Requires('deployments:read')
  async deploymentView(
    @CurrentCaller() caller: Caller,
    @Param() { deploymentId }: api.DeploymentViewData['path'],
  ): Promise<api.DeploymentViewResponse> {
    const deployment = await this.reader.require(caller, deploymentId);
    return { ...toDeploymentDto(deployment), rollback: await this.readiness.of(deployment) };
  }

  @Post('deployments/:deploymentId/finish')
  @HttpCode(200)
  @Requires('deployments:write')
  async deploymentFinish(
    @CurrentCaller() caller: Caller,
    @Param() { deploymentId }: api.DeploymentFinishData['path'],
    @Body() body: api.DeploymentFinish,
  ): Promise<api.DeploymentFinishResponse> {
    return toDeploymentDto(await this.deployments.finish(caller, deploymentId, body));
  }
}
