import { isDeepStrictEqual } from 'node:util';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { JobQueue } from '../jobs/job-queue.js';
import { LostJobUpkeep } from '../keeper/lost-job-upkeep.js';
import type { WorkTable } from '../keeper/lost-job-upkeep.js';
import { KeeperItems } from '../keeper/keeper-items.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { KeptStateUpkeep } from './undo/kept-state-upkeep.js';
import { BesideUpkeep } from './removal/beside-upkeep.js';
import { RecoveryUpkeep } from './recovery/recovery-upkeep.js';
import type { OnModuleInit } from '@nestjs/common';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { Announcements } from '../announcements/announcements.js';
import { rollbackOfFailed } from '../deployments/deployment-announcements.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { ProgressModule } from '../progress/progress.module.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import {
  environmentChange,
  environmentRemoval,
  keptBeside,
} from '../projects/environments/environment-announcements.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import {
  rollbacksToSnapshot,
  rollbackUnderWay,
  snapshotEnded,
  snapshotRemoval,
} from '../snapshots/snapshot-announcements.js';
import { StandbyRemoval } from '../snapshots/standby/standby-removal.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { EnvironmentCheckController } from './check/environment-check.controller.js';
import { EnvironmentCheckService } from './check/environment-check.service.js';
import { DiedBeforeCutover } from './recovery/died-before-cutover.js';
import { RollbackHooks } from './hooks/rollback-hooks.js';
import { ROLLBACK_JOB } from './jobs/job-names.js';
import { RunRollbackJob } from './jobs/run-rollback.job.js';
import { KeptStates } from './undo/kept-states.js';
import { LostRollbacks } from './recovery/lost-rollbacks.js';
import { NeedsSurvey } from './plan/needs-survey.js';
import { RollbackCutover } from './cutover/rollback-cutover.js';
import { LateWrites } from './cutover/late-writes.js';
import { RollbackEnding } from './cutover/rollback-ending.js';
import { RollbackLogEntity } from './rollback-log.entity.js';
import { RollbackLifecycle } from './rollback-lifecycle.js';
import { RollbackReader } from './rollback-reader.js';
import { RollbackRunner } from './jobs/rollback-runner.js';
import { DiedInCutover } from './recovery/died-in-cutover.js';
import { RollbackSurvey } from './plan/rollback-survey.js';
import { RollbacksController } from './rollbacks.controller.js';
import { RollbacksService } from './rollbacks.service.js';
import { KeptDoors } from './safety/kept-doors.js';
import { SafetySnapshots } from './safety/safety-snapshots.js';
import { SafetyUpkeep } from './safety/safety-upkeep.js';
import { RestoredStateUpkeep } from './staging/restored-state-upkeep.js';
import { LiveKeeping } from './staging/live-keeping.js';
import { StandbyStaging } from './staging/standby-staging.js';
import { UndoStaging } from './undo/undo-staging.js';
import { UndoService } from './undo/undo.service.js';

/** A running one that lost its job is `RecoveryUpkeep`'s. */
const ROLLBACKS: WorkTable = {
  kind: 'lost-rollback',
  job: ROLLBACK_JOB,
  table: 'rollback_logs',
  id: 'deployment_id',
  dataKey: 'deploymentId',
  unless: `w.status = 'running'`,
  neverHeld: 'true',
};

@Module({
  imports: [
    TypeOrmModule.forFeature([RollbackLogEntity, SnapshotEntity]),
    IdempotencyModule,
    ProgressModule,
    ProjectsModule,
    SettingsModule,
    SnapshotsModule,
    DeploymentsModule,
  ],
  controllers: [RollbacksController, EnvironmentCheckController],
  providers: [
    RollbacksService,
    RollbackReader,
    RollbackSurvey,
    NeedsSurvey,
    EnvironmentCheckService,
    RollbackLifecycle,
    RollbackRunner,
    RollbackCutover,
    SafetySnapshots,
    KeptDoors,
    RollbackEnding,
    LateWrites,
    RollbackHooks,
    DiedInCutover,
    DiedBeforeCutover,
    LostRollbacks,
    KeptStates,
    UndoService,
    UndoStaging,
    StandbyStaging,
    LiveKeeping,
    RunRollbackJob,
    RecoveryUpkeep,
    KeptStateUpkeep,
    BesideUpkeep,
    RestoredStateUpkeep,
    SafetyUpkeep,
  ],
  exports: [RollbackReader, RollbacksService],
})
export class RollbacksModule implements OnModuleInit {
  private readonly queued: LostJobUpkeep;

  constructor(
    private readonly announcements: Announcements,
    private readonly reader: RollbackReader,
    private readonly rollbacks: RollbacksService,
    private readonly kept: KeptStates,
    private readonly standbys: StandbyRemoval,
    private readonly safety: SafetySnapshots,
    private readonly upkeep: UpkeepRegistry,
    private readonly items: KeeperItems,
    dataSource: DataSource,
    queue: JobQueue,
  ) {
    this.queued = new LostJobUpkeep(ROLLBACKS, dataSource, queue);
  }

  /** What rollbacks know is told to those who must not import them. */
  onModuleInit(): void {
    const { announcements } = this;
    announcements.listen('rollbacks', environmentChange, async (manager, { environment, prospect }) => {
      // What only waits may wait for the workers of another pool: the one it waits for may not exist.
      const moves = onlyPoolDiffers(environment, prospect);
      await this.reader.refuseIfRunning(manager, environment.id, moves ? ['running'] : undefined);
      if (moves) await this.queued.moveTo(manager, environment.id, prospect.pool);
      if (prospect.pool !== environment.pool) await this.items.moveTo(manager, environment.id, prospect.pool);
    });
    announcements.listen('rollbacks', environmentRemoval, (manager, { environment: { id } }) =>
      this.reader.refuseIfRunning(manager, id),
    );
    // Afterwards nobody would know how to reach it.
    announcements.listen('rollbacks', environmentChange, async (manager, { environment, prospect }) => {
      if (!isElsewhere(environment, prospect)) return;
      const why = 'The environment got another place: the previous state was removed.';
      await this.kept.requireNone(manager, environment, why);
      await this.standbys.requireNone(manager, environment);
    });
    announcements.listen('rollbacks', environmentRemoval, async (manager, { environment }) => {
      await this.kept.requireNone(manager, environment, 'The environment was deleted: the previous state was removed.');
      await this.standbys.requireNone(manager, environment);
    });
    announcements.answer(rollbackUnderWay, (environmentId) => this.reader.isRollingBack(environmentId));
    announcements.answer(keptBeside, (environmentId) => this.kept.shownOf(environmentId));
    announcements.listen('rollbacks', snapshotEnded, (manager, snapshot) => this.safety.learn(manager, snapshot));
    this.upkeep.register(this.queued);
    announcements.listen('rollbacks', snapshotRemoval, (manager, snapshotId) =>
      this.reader.refuseIfUsing(manager, snapshotId),
    );
    announcements.answer(rollbacksToSnapshot, async (snapshotId) =>
      this.reader.shown(await this.reader.ofSnapshot(snapshotId)),
    );
    announcements.answer(rollbackOfFailed, ({ caller, deployment }) =>
      this.rollbacks.requestForFailed(caller, deployment),
    );
  }
}

function onlyPoolDiffers(now: EnvironmentEntity, then: EnvironmentEntity): boolean {
  const pool = now.pool;
  return then.pool !== pool && isDeepStrictEqual(watched(now), watched({ ...then, pool }));
}

function watched(environment: EnvironmentEntity): unknown {
  const { database, databasePassword, filestorePath, type, neutralizeSql, neutralizePaths, pool } = environment;
  return [database, databasePassword, filestorePath, type, neutralizeSql, neutralizePaths, pool];
}

function isElsewhere(now: EnvironmentEntity, then: EnvironmentEntity): boolean {
  return !isDeepStrictEqual([now.database, now.filestorePath], [then.database, then.filestorePath]);
}
