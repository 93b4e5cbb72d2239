import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type * as api from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import { ProgressStreams } from '../progress/progress-streams.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { Announcements } from '../announcements/announcements.js';
import { rollbacksToSnapshot } from './snapshot-announcements.js';
import { SnapshotEstimates } from './capture/snapshot-estimate.js';
import { SnapshotReader } from './snapshot-reader.js';
import { SnapshotRemoval } from './deletion/snapshot-removal.js';
import { toSnapshotDetailsDto, toSnapshotDto, toSnapshotProgress } from './snapshot.dto.js';
import { SnapshotsService } from './snapshots.service.js';
import { VerificationReader } from './verification/verification-reader.js';

@Controller('environments/:environmentId/snapshots')
export class SnapshotsController {
  constructor(
    private readonly environments: EnvironmentReader,
    private readonly snapshots: SnapshotsService,
    private readonly reader: SnapshotReader,
    private readonly removal: SnapshotRemoval,
    private readonly estimates: SnapshotEstimates,
    private readonly announcements: Announcements,
    private readonly verifications: VerificationReader,
    private readonly streams: ProgressStreams,
  ) {}

  @Get()
  @Requires('snapshots:read')
  async snapshotList(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.SnapshotListData['path'],
    @Query() query: NonNullable<api.SnapshotListData['query']>,
  ): Promise<api.SnapshotListResponse> {
    await this.environments.require(caller, environmentId);
    return mapPage(await this.reader.list(environmentId, query), toSnapshotDto);
  }

  @Post()
  @HttpCode(202)
  @Requires('snapshots:write')
  async snapshotCreate(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.SnapshotCreateData['path'],
    @Body() body: api.SnapshotCreate,
    @Headers() headers: NonNullable<api.SnapshotCreateData['headers']>,
  ): Promise<api.SnapshotCreateResponse> {
    return toSnapshotDto(await this.snapshots.request(caller, environmentId, body, headers['Idempotency-Key']));
  }

  @Get('estimate')
  @Requires('snapshots:read')
  async snapshotEstimate(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.SnapshotEstimateData['path'],
  ): Promise<api.SnapshotEstimateResponse> {
    return this.estimates.of(caller, environmentId);
  }

  @Get(':snapshotId')
  @Requires('snapshots:read')
  async snapshotView(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotViewData['path'],
  ): Promise<api.SnapshotViewResponse> {
    await this.environments.require(caller, environmentId);
    const snapshot = await this.reader.require(environmentId, snapshotId);
    const [logs, verification, steps] = await Promise.all([
      this.announcements.ask(rollbacksToSnapshot, snapshotId),
      this.verifications.newest(snapshotId),
      this.reader.stepsOf(snapshotId),
    ]);
    return toSnapshotDetailsDto(snapshot, { rollbackLogs: logs, verification, steps });
  }

  @Delete(':snapshotId')
  @HttpCode(204)
  @Requires('snapshots:write')
  async snapshotDelete(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotDeleteData['path'],
    @Query() { base }: NonNullable<api.SnapshotDeleteData['query']>,
  ): Promise<void> {
    await this.removal.remove(caller, environmentId, snapshotId, { detach: base === 'detach' });
  }

  @Post(':snapshotId/pin')
  @HttpCode(200)
  @Requires('snapshots:write')
  async snapshotPin(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotPinData['path'],
    @Body() body: api.SnapshotPin,
  ): Promise<api.SnapshotPinResponse> {
    return toSnapshotDto(await this.snapshots.pin(caller, environmentId, snapshotId, body ?? {}));
  }

  @Delete(':snapshotId/pin')
  @Requires('snapshots:write')
  async snapshotUnpin(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotUnpinData['path'],
  ): Promise<api.SnapshotUnpinResponse> {
    return toSnapshotDto(await this.snapshots.unpin(caller, environmentId, snapshotId));
  }

  @Post(':snapshotId/cancel')
  @HttpCode(202)
  @Requires('snapshots:write')
  async snapshotCancel(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotCancelData['path'],
  ): Promise<api.SnapshotCancelResponse> {
    return toSnapshotDto(await this.snapshots.cancel(caller, environmentId, snapshotId));
  }

  @Get(':snapshotId/progress')
  @Requires('snapshots:read')
  async snapshotProgress(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotProgressData['path'],
    @Headers() headers: NonNullable<api.SnapshotProgressData['headers']>,
    @Res() response: Response,
  ): Promise<void> {
    await this.environments.require(caller, environmentId);
    await this.reader.require(environmentId, snapshotId);
    await this.streams.open<api.SnapshotProgress>(
      {
        event: 'snapshot-progress',
        subjectId: snapshotId,
        lastEventId: headers['Last-Event-ID'],
        caller,
        present: async () => toSnapshotProgress(await this.reader.require(environmentId, snapshotId)),
      },
      response,
    );
  }
}
