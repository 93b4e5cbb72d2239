import { Controller, Get, Param, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type * as api from '../contract/generated/types.gen.js';
import { DEFINITIONS_ORDER, toDefinitionChangeDto, toFileChangeDto, toTableChangeDto } from './comparison.dto.js';
import { CONTENTS_ORDER, keyOfBounds, toPage } from './contents.dto.js';
import { SnapshotComparisons } from './snapshot-comparisons.js';

@Controller('environments/:environmentId/snapshots/:snapshotId/compare')
export class ComparisonsController {
  constructor(private readonly comparisons: SnapshotComparisons) {}

  @Get()
  @Requires('snapshots:read')
  async snapshotCompare(
    @CurrentCaller() caller: Caller,
    @Param() path: api.SnapshotCompareData['path'],
    @Query() query: api.SnapshotCompareData['query'],
  ): Promise<api.SnapshotCompareResponse> {
    const pair = await this.comparisons.open(caller, { ...path, with: query.with });
    return { snapshotId: path.snapshotId, withSnapshotId: query.with, ...(await this.comparisons.count(pair)) };
  }

  @Get('definitions')
  @Requires('snapshots:read')
  async snapshotDefinitionChangeList(
    @CurrentCaller() caller: Caller,
    @Param() path: api.SnapshotDefinitionChangeListData['path'],
    @Query() query: api.SnapshotDefinitionChangeListData['query'],
  ): Promise<api.SnapshotDefinitionChangeListResponse> {
    const bounds = DEFINITIONS_ORDER.bounds(query);
    const pair = await this.comparisons.open(caller, { ...path, with: query.with });
    const page = await this.comparisons.definitions(pair, bounds.limit, Number(bounds.after?.[0] ?? 0));
    return toPage(page, bounds, DEFINITIONS_ORDER, toDefinitionChangeDto);
  }

  @Get('tables')
  @Requires('snapshots:read')
  async snapshotTableChangeList(
    @CurrentCaller() caller: Caller,
    @Param() path: api.SnapshotTableChangeListData['path'],
    @Query() query: api.SnapshotTableChangeListData['query'],
  ): Promise<api.SnapshotTableChangeListResponse> {
    const bounds = CONTENTS_ORDER.bounds(query);
    const pair = await this.comparisons.open(caller, { ...path, with: query.with });
    const page = await this.comparisons.tables(pair, bounds.limit, keyOfBounds(bounds));
    return toPage(page, bounds, CONTENTS_ORDER, toTableChangeDto);
  }

  @Get('files')
  @Requires('snapshots:read')
  async snapshotFileChangeList(
    @CurrentCaller() caller: Caller,
    @Param() path: api.SnapshotFileChangeListData['path'],
    @Query() query: api.SnapshotFileChangeListData['query'],
  ): Promise<api.SnapshotFileChangeListResponse> {
    const bounds = CONTENTS_ORDER.bounds(query);
    const pair = await this.comparisons.open(caller, { ...path, with: query.with });
    const page = await this.comparisons.files(pair, bounds.limit, keyOfBounds(bounds));
    return toPage(page, bounds, CONTENTS_ORDER, toFileChangeDto);
  }
}
