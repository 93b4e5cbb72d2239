// The peers of `snapshotView`: what the service asks its database for, through Nest with nothing around it. With STATEMENTS=own the way it asks, by its
// own readers; otherwise as one writes it with the repositories of TypeORM.
import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { EnvironmentReader } from '../../src/projects/environments/environment-reader.js';
import { ProjectEntity } from '../../src/projects/project.entity.js';
import { RollbackLogEntity } from '../../src/rollbacks/rollback-log.entity.js';
import { RollbackReader } from '../../src/rollbacks/rollback-reader.js';
import { SnapshotReader } from '../../src/snapshots/snapshot-reader.js';
import { toSnapshotDetailsDto } from '../../src/snapshots/snapshot.dto.js';
import { SnapshotEntity } from '../../src/snapshots/snapshot.entity.js';
import { VerificationReader } from '../../src/snapshots/verification/verification-reader.js';
import { VerificationEntity } from '../../src/snapshots/verification/verification.entity.js';

const { DATABASE_URL = '', DATABASE_POOL_SIZE, ORGANIZATION = '', PORT, STATEMENTS } = process.env;

/** Nobody is asked who he is: everybody is this one. */
const CALLER = {
  subject: 'bench',
  organization: ORGANIZATION,
  permissions: new Set<never>(),
  projects: null,
  expiresAt: new Date(8.64e15),
};

@Controller('api/v1/environments/:environmentId/snapshots')
class BareController {
  constructor(
    private readonly environments: EnvironmentReader,
    private readonly snapshots: SnapshotReader,
    private readonly verifications: VerificationReader,
    private readonly rollbacks: RollbackReader,
    private readonly dataSource: DataSource,
  ) {}

  @Get(':snapshotId')
  async view(@Param('environmentId') environmentId: string, @Param('snapshotId') snapshotId: string) {
    return STATEMENTS === 'own' ? this.own(environmentId, snapshotId) : this.byRepositories(environmentId, snapshotId);
  }

  private async byRepositories(environmentId: string, snapshotId: string) {
    const { manager } = this.dataSource;
    await manager.findOneOrFail(EnvironmentEntity, {
      where: { id: environmentId, project: { organization: ORGANIZATION } },
    });
    const snapshot = await manager.findOneOrFail(SnapshotEntity, { where: { id: snapshotId, environmentId } });
    const order = { createdAt: 'DESC', id: 'DESC' } as const;
    const [logs, verification, { steps }] = await Promise.all([
      manager.find(RollbackLogEntity, { where: { snapshotId }, order, take: 100 }),
      manager.findOne(VerificationEntity, { where: { snapshotId }, order }),
      manager.findOneOrFail(SnapshotEntity, { where: { id: snapshotId }, select: { id: true, steps: true } }),
    ]);
    return toSnapshotDetailsDto(snapshot, { rollbackLogs: await this.rollbacks.shown(logs), verification, steps });
  }

  private async own(environmentId: string, snapshotId: string) {
    await this.environments.require(CALLER, environmentId);
    const snapshot = await this.snapshots.require(environmentId, snapshotId);
    const [rollbackLogs, verification, steps] = await Promise.all([
      this.rollbacks.ofSnapshot(snapshotId).then((rows) => this.rollbacks.shown(rows)),
      this.verifications.newest(snapshotId),
      this.snapshots.stepsOf(snapshotId),
    ]);
    return toSnapshotDetailsDto(snapshot, { rollbackLogs, verification, steps });
  }
}

const entities = [EnvironmentEntity, ProjectEntity, SnapshotEntity, RollbackLogEntity, VerificationEntity];

@Module({
  imports: [
    TypeOrmModule.forRoot(dataSourceOptions(DATABASE_URL, Number(DATABASE_POOL_SIZE), entities)),
    TypeOrmModule.forFeature(entities),
  ],
  controllers: [BareController],
  providers: [EnvironmentReader, SnapshotReader, VerificationReader, RollbackReader],
})
class BareModule {}

const app = await NestFactory.create<NestExpressApplication>(BareModule, { logger: false });
await app.listen(Number(PORT), '127.0.0.1');
console.log('ready');
process.once('SIGTERM', () => process.exit());
