import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ForCaller } from '../auth/for-caller.js';
import type * as api from '../contract/generated/types.gen.js';
import type { OperationsControllerMethods } from '../contract/generated/nestjs.gen.js';
import { OperationsReader } from './operations-reader.js';
import { OperationsService } from './operations.service.js';

@Controller('operations')
export class OperationsController implements ForCaller<OperationsControllerMethods> {
  constructor(
    private readonly reader: OperationsReader,
    private readonly operations: OperationsService,
  ) {}

  @Get()
  @Requires('environments:read')
  async operationsList(
    @CurrentCaller() caller: Caller,
    @Query() query: NonNullable<api.OperationsListData['query']>,
  ): Promise<api.OperationsListResponse> {
    return this.reader.list(caller, query);
  }

  @Post(':operationId/retry')
  @HttpCode(202)
  @Requires('environments:write')
  async operationRetry(
    @CurrentCaller() caller: Caller,
    @Param() { operationId }: api.OperationRetryData['path'],
  ): Promise<api.OperationRetryResponse> {
    return this.operations.retry(caller, operationId);
  }

  @Post(':operationId/confirm')
  @HttpCode(202)
  @Requires('snapshots:write')
  async operationConfirm(
    @CurrentCaller() caller: Caller,
    @Param() { operationId }: api.OperationConfirmData['path'],
  ): Promise<api.OperationConfirmResponse> {
    return this.operations.confirm(caller, operationId);
  }

  @Post(':operationId/give-up')
  @HttpCode(204)
  @Requires('environments:write')
  async operationGiveUp(
    @CurrentCaller() caller: Caller,
    @Param() { operationId }: api.OperationGiveUpData['path'],
  ): Promise<void> {
    await this.operations.giveUp(caller, operationId);
  }
}
