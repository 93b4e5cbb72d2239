import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type * as api from '../contract/generated/types.gen.js';
import { mapPage } from '../database/page.js';
import { ProgressStreams } from '../progress/progress-streams.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { ExportReader } from './export-reader.js';
import { toExportDto, toExportProgress } from './export.dto.js';
import { ExportsService } from './exports.service.js';

@Controller('environments/:environmentId')
export class ExportsController {
  constructor(
    private readonly environments: EnvironmentReader,
    private readonly service: ExportsService,
    private readonly reader: ExportReader,
    private readonly streams: ProgressStreams,
  ) {}

  @Post('snapshots/:snapshotId/exports')
  @HttpCode(202)
  @Requires('snapshots:write')
  async snapshotExport(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotExportData['path'],
    @Body() body: api.ExportRequest,
    @Headers() headers: NonNullable<api.SnapshotExportData['headers']>,
  ): Promise<api.SnapshotExportResponse> {
    return toExportDto(await this.service.request(caller, environmentId, snapshotId, body, headers['Idempotency-Key']));
  }

  @Get('exports')
  @Requires('snapshots:read')
  async snapshotExportList(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId }: api.SnapshotExportListData['path'],
    @Query() query: NonNullable<api.SnapshotExportListData['query']>,
  ): Promise<api.SnapshotExportListResponse> {
    await this.environments.require(caller, environmentId);
    return mapPage(await this.reader.list(environmentId, query), toExportDto);
  }

  @Get('exports/:exportId')
  @Requires('snapshots:read')
  async snapshotExportView(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, exportId }: api.SnapshotExportViewData['path'],
  ): Promise<api.SnapshotExportViewResponse> {
    await this.environments.require(caller, environmentId);
    return toExportDto(await this.reader.require(environmentId, exportId));
  }

  @Delete('exports/:exportId')
  @Requires('snapshots:write')
  async snapshotExportDelete(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, exportId }: api.SnapshotExportDeleteData['path'],
  ): Promise<api.SnapshotExportDeleteResponse> {
    return toExportDto(await this.service.remove(caller, environmentId, exportId));
  }

  @Get('exports/:exportId/progress')
  @Requires('snapshots:read')
  async snapshotExportProgress(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, exportId }: api.SnapshotExportProgressData['path'],
    @Headers() headers: NonNullable<api.SnapshotExportProgressData['headers']>,
    @Res() response: Response,
  ): Promise<void> {
    await this.environments.require(caller, environmentId);
    await this.reader.require(environmentId, exportId);
    await this.streams.open<api.SnapshotExportProgress>(
      {
        event: 'export-progress',
        subjectId: exportId,
        lastEventId: headers['Last-Event-ID'],
        caller,
        present: async () => toExportProgress(await this.reader.require(environmentId, exportId)),
      },
      response,
    );
  }

  @Get('exports/:exportId/content')
  @Requires('snapshots:read')
  async snapshotExportDownload(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, exportId }: api.SnapshotExportDownloadData['path'],
    @Res() response: Response,
  ): Promise<void> {
    await this.service.download(caller, environmentId, exportId, response);
  }
}
