import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type * as api from '../contract/generated/types.gen.js';
import { askedPath, CONTENTS_ORDER, toFileDto, toPage, toTableDto } from './contents.dto.js';
import { FileDownloads } from './file-downloads.js';
import { SnapshotContents } from './snapshot-contents.js';

@Controller('environments/:environmentId/snapshots/:snapshotId')
export class ContentsController {
  constructor(
    private readonly contents: SnapshotContents,
    private readonly downloads: FileDownloads,
  ) {}

  @Get('tables')
  @Requires('snapshots:read')
  async snapshotTableList(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotTableListData['path'],
    @Query() query: NonNullable<api.SnapshotTableListData['query']>,
  ): Promise<api.SnapshotTableListResponse> {
    const bounds = CONTENTS_ORDER.bounds(query);
    const snapshot = await this.contents.open(caller, environmentId, snapshotId);
    const [found, base] = await Promise.all([
      this.contents.tables(snapshot, { ...query, bounds }),
      this.contents.baseOf(snapshot),
    ]);
    return toPage(found, bounds, CONTENTS_ORDER, (table) => toTableDto(table, base));
  }

  @Get('files')
  @Requires('snapshots:read')
  async snapshotFileList(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotFileListData['path'],
    @Query() query: NonNullable<api.SnapshotFileListData['query']>,
  ): Promise<api.SnapshotFileListResponse> {
    const bounds = CONTENTS_ORDER.bounds(query);
    const path = askedPath(query);
    const snapshot = await this.contents.open(caller, environmentId, snapshotId);
    return toPage(await this.contents.files(snapshot, path, { ...query, bounds }), bounds, CONTENTS_ORDER, toFileDto);
  }

  @Get('file')
  @Requires('snapshots:read')
  async snapshotFileView(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotFileViewData['path'],
    @Query() query: NonNullable<api.SnapshotFileViewData['query']>,
  ): Promise<api.SnapshotFileViewResponse> {
    const path = askedPath(query);
    const snapshot = await this.contents.open(caller, environmentId, snapshotId);
    return toFileDto(await this.contents.entry(snapshot, path));
  }

  @Get('file/content')
  @Requires('snapshots:read')
  async snapshotFileDownload(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotFileDownloadData['path'],
    @Query() query: NonNullable<api.SnapshotFileDownloadData['query']>,
    @Res() response: Response,
  ): Promise<void> {
    const path = askedPath(query);
    const snapshot = await this.contents.open(caller, environmentId, snapshotId, { data: true });
    const file = await this.contents.file(snapshot, path);
    await this.downloads.send({ caller, snapshot, file }, response);
  }
}
