import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { FailedDeploymentRollback } from '../deployments/failed-deployment-rollback.js';
import { ProgressModule } from '../progress/progress.module.js';
import { EnvironmentWatchers } from '../projects/environment-watchers.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { RollbackHistory } from '../snapshots/rollback-history.js';
import { SnapshotUse } from '../snapshots/snapshot-use.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { DeadRollback } from './dead-rollback.js';
import { RunRollbackJob } from './jobs/run-rollback.job.js';
import { RollbackCutover } from './rollback-cutover.js';
import { RollbackLifecycle } from './rollback-lifecycle.js';
import { RollbackReader } from './rollback-reader.js';
import { toRollbackLogDto } from './rollback.dto.js';
import { RollbackRunner } from './rollback-runner.js';
import { RollbackSurvey } from './rollback-survey.js';
import { RollbacksController } from './rollbacks.controller.js';
import { RollbacksService } from './rollbacks.service.js';
import { SafetySnapshot } from './safety-snapshot.js';

@Module({
  imports: [ProgressModule, ProjectsModule, SettingsModule, SnapshotsModule, DeploymentsModule],
  controllers: [RollbacksController],
  providers: [
    RollbacksService,
    RollbackReader,
    RollbackSurvey,
    RollbackLifecycle,
    RollbackRunner,
    RollbackCutover,
    SafetySnapshot,
    DeadRollback,
    RunRollbackJob,
  ],
})
export class RollbacksModule implements OnModuleInit {
  constructor(
    private readonly watchers: EnvironmentWatchers,
    private readonly use: SnapshotUse,
    private readonly history: RollbackHistory,
    private readonly failedDeployments: FailedDeploymentRollback,
    private readonly reader: RollbackReader,
    private readonly rollbacks: RollbacksService,
  ) {}

  /** What rollbacks know is told to those who must not import them. */
  onModuleInit(): void {
    this.watchers.beforeChange((manager, { id }) => this.reader.refuseIfRunning(manager, id));
    this.watchers.beforeDelete((manager, { id }) => this.reader.refuseIfRunning(manager, id));
    this.use.register((manager, snapshotId) => this.reader.refuseIfUsing(manager, snapshotId));
    this.history.register(async (snapshotId) => (await this.reader.ofSnapshot(snapshotId)).map(toRollbackLogDto));
    this.failedDeployments.register((caller, deployment) => this.rollbacks.requestForFailed(caller, deployment));
  }
}
