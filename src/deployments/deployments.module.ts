import { RollbackReadinessReader } from './rollback-readiness.js';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { DeploymentEntity } from './deployment.entity.js';
import { DeploymentReader } from './deployment-reader.js';
import { DeploymentsController } from './deployments.controller.js';
import { DeploymentsService } from './deployments.service.js';
import { Gates } from './gates.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([DeploymentEntity]),
    IdempotencyModule,
    ProjectsModule,
    SettingsModule,
    SnapshotsModule,
  ],
  controllers: [DeploymentsController],
  providers: [DeploymentsService, DeploymentReader, RollbackReadinessReader, Gates],
  exports: [DeploymentReader],
})
export class DeploymentsModule {}
