import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type * as api from '../contract/generated/types.gen.js';
import { DeploymentReader } from '../deployments/deployment-reader.js';
import { ProgressStreams } from '../progress/progress-streams.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { RollbackReader } from './rollback-reader.js';
import { toRollbackAcceptedDto, toRollbackProgress } from './rollback.dto.js';
import { RollbacksService } from './rollbacks.service.js';
import { UndoService } from './undo/undo.service.js';

@Controller()
export class RollbacksController {
  constructor(
    private readonly environments: EnvironmentReader,
    private readonly deployments: DeploymentReader,
    private readonly rollbacks: RollbacksService,
    private readonly undos: UndoService,
    private readonly reader: RollbackReader,
    private readonly streams: ProgressStreams,
  ) {}

  @Post('environments/:environmentId/rollback')
  @HttpCode(202)
  @Requires('rollbacks:write')
  async rollbackCreate(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.RollbackCreateData['path'],
    @Body() body: api.RollbackRequest,
    @Headers() headers: NonNullable<api.RollbackCreateData['headers']>,
  ): Promise<api.RollbackCreateResponse> {
    const { log, target } = await this.rollbacks.request(caller, environmentId, body, headers['Idempotency-Key']);
    return toRollbackAcceptedDto(log, target.name, body.snapshotId);
  }

  @Post('environments/:environmentId/rollback/plan')
  @HttpCode(200)
  @Requires('rollbacks:read')
  async rollbackPlan(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.RollbackPlanData['path'],
    @Body() body: api.RollbackRequest,
  ): Promise<api.RollbackPlanResponse> {
    return this.rollbacks.plan(caller, environmentId, body);
  }

  @Get('environments/:environmentId/rollback-logs')
  @Requires('rollbacks:read')
  async rollbackLogList(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.RollbackLogListData['path'],
    @Query() query: NonNullable<api.RollbackLogListData['query']>,
  ): Promise<api.RollbackLogListResponse> {
    await this.environments.require(caller, environmentId);
    const page = await this.reader.list(environmentId, query);
    return { ...page, items: await this.reader.shown(page.items) };
  }

  @Get('deployments/:deploymentId/rollback/progress')
  @Requires('rollbacks:read')
  async rollbackProgress(
    @CurrentCaller() caller: Caller,
    @Param() { deploymentId }: api.RollbackProgressData['path'],
    @Headers() headers: NonNullable<api.RollbackProgressData['headers']>,
    @Res() response: Response,
  ): Promise<void> {
    await this.deployments.require(caller, deploymentId);
    await this.reader.require(deploymentId);
    await this.streams.open<api.RollbackProgress>(
      {
        event: 'rollback-progress',
        subjectId: deploymentId,
        lastEventId: headers['Last-Event-ID'],
        caller,
        present: async () => toRollbackProgress(await this.reader.require(deploymentId)),
      },
      response,
    );
  }

  @Post('deployments/:deploymentId/rollback/cancel')
  @HttpCode(202)
  @Requires('rollbacks:write')
  async rollbackCancel(
    @CurrentCaller() caller: Caller,
    @Param() { deploymentId }: api.RollbackCancelData['path'],
  ): Promise<api.RollbackCancelResponse> {
    const [shown] = await this.reader.shown([await this.rollbacks.cancel(caller, deploymentId)]);
    return shown!;
  }

  @Post('deployments/:deploymentId/rollback/undo')
  @HttpCode(202)
  @Requires('rollbacks:write')
  async rollbackUndo(
    @CurrentCaller() caller: Caller,
    @Param() { deploymentId }: api.RollbackUndoData['path'],
    @Body() body: api.UndoRequest | undefined,
    @Headers() headers: NonNullable<api.RollbackUndoData['headers']>,
  ): Promise<api.RollbackUndoResponse> {
    const { log, target } = await this.undos.request(caller, deploymentId, body ?? {}, headers['Idempotency-Key']);
    return toRollbackAcceptedDto(log, target.name, log.snapshotId);
  }
}
