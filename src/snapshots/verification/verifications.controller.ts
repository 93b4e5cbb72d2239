import { Controller, Get, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, Requires } from '../../auth/access.decorators.js';
import type { Caller } from '../../auth/caller.js';
import type * as api from '../../contract/generated/types.gen.js';
import { errors } from '../../errors/catalogue.js';
import { ProgressStreams } from '../../progress/progress-streams.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { SnapshotReader } from '../snapshot-reader.js';
import { VerificationReader } from './verification-reader.js';
import { toVerificationDto, toVerificationProgress } from './verification.dto.js';
import { VerificationsService } from './verifications.service.js';

@Controller('environments/:environmentId/snapshots/:snapshotId/verify')
export class VerificationsController {
  constructor(
    private readonly environments: EnvironmentReader,
    private readonly snapshots: SnapshotReader,
    private readonly verifications: VerificationsService,
    private readonly reader: VerificationReader,
    private readonly streams: ProgressStreams,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('snapshots:write')
  async snapshotVerify(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotVerifyData['path'],
    @Headers() headers: NonNullable<api.SnapshotVerifyData['headers']>,
  ): Promise<api.SnapshotVerifyResponse> {
    return toVerificationDto(
      await this.verifications.request(caller, environmentId, snapshotId, headers['Idempotency-Key']),
    );
  }

  @Get('progress')
  @Requires('snapshots:read')
  async snapshotVerifyProgress(
    @CurrentCaller() caller: Caller,
    @Param() { environmentId, snapshotId }: api.SnapshotVerifyProgressData['path'],
    @Headers() headers: NonNullable<api.SnapshotVerifyProgressData['headers']>,
    @Res() response: Response,
  ): Promise<void> {
    await this.environments.require(caller, environmentId);
    await this.snapshots.require(environmentId, snapshotId);
    const verification = await this.reader.newest(snapshotId);
    if (verification === null) throw errors.notVerified(snapshotId);
    await this.streams.open<api.VerificationProgress>(
      {
        event: 'verification-progress',
        subjectId: verification.id,
        lastEventId: headers['Last-Event-ID'],
        caller,
        present: async () => toVerificationProgress((await this.reader.byId(verification.id)) ?? verification),
      },
      response,
    );
  }
}
