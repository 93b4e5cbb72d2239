import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type * as api from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import { ProgressStreams } from '../progress/progress-streams.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { ItemRestoreReader } from './item-restore-reader.js';
import { toItemRestoreDto, toItemRestoreProgress } from './item-restore.dto.js';
import { ItemRestoresService } from './item-restores.service.js';

@Controller('environments/:environmentId')
export class ItemRestoresController {
  constructor(
    private readonly environments: EnvironmentReader,
    private readonly service: ItemRestoresService,
    private readonly reader: ItemRestoreReader,
    private readonly streams: ProgressStreams,
  ) {}

  @Post('snapshots/:snapshotId/item-restores')
  @HttpCode(202)
  @Requires('rollbacks:write')
  async restoreItems(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.RestoreItemsData['path'],
    @Body() body: api.ItemRestoreRequest,
    @Headers() headers: NonNullable<api.RestoreItemsData['headers']>,
  ): Promise<api.RestoreItemsResponse> {
    return toItemRestoreDto(
      await this.service.request(caller, environmentId, snapshotId, body, headers['Idempotency-Key']),
    );
  }

  @Get('item-restores')
  @Requires('rollbacks:read')
  async itemRestoreList(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.ItemRestoreListData['path'],
    @Query() query: NonNullable<api.ItemRestoreListData['query']>,
  ): Promise<api.ItemRestoreListResponse> {
    await this.environments.require(caller, environmentId);
    return mapPage(await this.reader.list(environmentId, query), toItemRestoreDto);
  }

  @Get('item-restores/:itemRestoreId')
  @Requires('rollbacks:read')
  async itemRestoreView(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, itemRestoreId }: api.ItemRestoreViewData['path'],
  ): Promise<api.ItemRestoreViewResponse> {
    await this.environments.require(caller, environmentId);
    return toItemRestoreDto(await this.reader.require(environmentId, itemRestoreId));
  }

  @Get('item-restores/:itemRestoreId/progress')
  @Requires('rollbacks:read')
  async itemRestoreProgress(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, itemRestoreId }: api.ItemRestoreProgressData['path'],
    @Headers() headers: NonNullable<api.ItemRestoreProgressData['headers']>,
    @Res() response: Response,
  ): Promise<void> {
    await this.environments.require(caller, environmentId);
    await this.reader.require(environmentId, itemRestoreId);
    await this.streams.open<api.ItemRestoreProgress>(
      {
        event: 'item-restore-progress',
        subjectId: itemRestoreId,
        lastEventId: headers['Last-Event-ID'],
        caller,
        present: async () => toItemRestoreProgress(await this.reader.require(environmentId, itemRestoreId)),
      },
      response,
    );
  }

  @Post('item-restores/:itemRestoreId/undo')
  @HttpCode(202)
  @Requires('rollbacks:write')
  async itemRestoreUndo(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, itemRestoreId }: api.ItemRestoreUndoData['path'],
  ): Promise<api.ItemRestoreUndoResponse> {
    return toItemRestoreDto(await this.service.undo(caller, environmentId, itemRestoreId));
  }
}
