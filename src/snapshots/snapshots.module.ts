import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { ProgressModule } from '../progress/progress.module.js';
import { Announcements } from '../announcements/announcements.js';
import {
  environmentChange,
  environmentRemoval,
  standbyBeside,
} from '../projects/environments/environment-announcements.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { VaultAccessModule } from '../vault-access/vault-access.module.js';
import { CaptureRequests } from './capture/capture-requests.js';
import { CaptureSources } from './capture/capture-sources.js';
import { SnapshotOrigins } from './capture/snapshot-origins.js';
import { CaptureRunner } from './capture/capture-runner.js';
import { CompletedCaptures } from './capture/completed-captures.js';
import { CaptureSnapshotJob } from './jobs/capture-snapshot.job.js';
import { CollectionUpkeep } from './deletion/collection-upkeep.js';
import { DeletionUpkeep } from './deletion/deletion-upkeep.js';
import { DataSource } from 'typeorm';
import { JobQueue } from '../jobs/job-queue.js';
import { LostJobUpkeep } from '../keeper/lost-job-upkeep.js';
import type { WorkTable } from '../keeper/lost-job-upkeep.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { CAPTURE_JOB, VERIFY_JOB } from './jobs/job-names.js';
import { VerifySnapshotJob } from './jobs/verify-snapshot.job.js';
import { ProjectSnapshotsController } from './project-snapshots.controller.js';
import { SnapshotDeletionEntity } from './deletion/snapshot-deletion.entity.js';
import { SnapshotEntity } from './snapshot.entity.js';
import { SnapshotBase } from './capture/snapshot-base.js';
import { SnapshotEstimates } from './capture/snapshot-estimate.js';
import { SnapshotLifecycle } from './snapshot-lifecycle.js';
import { SnapshotNeeds } from './restorability/snapshot-needs.js';
import { snapshotEnded, snapshotRemoval } from './snapshot-announcements.js';
import { RestoredStateEntity } from './restored/restored-state.entity.js';
import { RestoredStates } from './restored/restored-states.js';
import { SnapshotReplicas } from './snapshot-replicas.js';
import { SnapshotReader } from './snapshot-reader.js';
import { SnapshotRemoval } from './deletion/snapshot-removal.js';
import { SnapshotsController } from './snapshots.controller.js';
import { SnapshotsService } from './snapshots.service.js';
import { VerificationEntity } from './verification/verification.entity.js';
import { VerificationLifecycle } from './verification/verification-lifecycle.js';
import { VerificationReader } from './verification/verification-reader.js';
import { StandbyBuilder } from './standby/standby-builder.js';
import { toStandbyDto } from './standby/standby.dto.js';
import { StandbyEntity } from './standby/standby.entity.js';
import { StandbyOrders } from './standby/standby-orders.js';
import { StandbyRemoval } from './standby/standby-removal.js';
import { Standbys } from './standby/standbys.js';
import { StandbyUpkeep } from './standby/standby-upkeep.js';
import { VerificationRunner } from './verification/verification-runner.js';
import { VerificationsController } from './verification/verifications.controller.js';
import { VerificationsService } from './verification/verifications.service.js';

/** Those that rollbacks take for themselves have no job of their own. */
const SNAPSHOTS: WorkTable = {
  kind: 'lost-snapshot',
  job: CAPTURE_JOB,
  table: 'snapshots',
  id: 'id',
  dataKey: 'snapshotId',
  unless: `w.trigger = 'safety'`,
  neverHeld: `w.trigger = 'safety'`,
};
const VERIFICATIONS: WorkTable = {
  kind: 'lost-verification',
  job: VERIFY_JOB,
  table: 'snapshot_verifications',
  id: 'id',
  dataKey: 'verificationId',
  neverHeld: 'false',
};

@Module({
  imports: [
    TypeOrmModule.forFeature([
      SnapshotEntity,
      SnapshotDeletionEntity,
      StandbyEntity,
      VerificationEntity,
      RestoredStateEntity,
    ]),
    IdempotencyModule,
    ProgressModule,
    ProjectsModule,
    SettingsModule,
    VaultAccessModule,
  ],
  controllers: [SnapshotsController, ProjectSnapshotsController, VerificationsController],
  providers: [
    SnapshotsService,
    SnapshotBase,
    SnapshotReader,
    SnapshotNeeds,
    SnapshotReplicas,
    SnapshotRemoval,
    SnapshotEstimates,
    SnapshotLifecycle,
    RestoredStates,
    CaptureRequests,
    CaptureSources,
    SnapshotOrigins,
    CaptureRunner,
    CompletedCaptures,
    CaptureSnapshotJob,
    DeletionUpkeep,
    CollectionUpkeep,
    Standbys,
    StandbyOrders,
    StandbyRemoval,
    StandbyBuilder,
    StandbyUpkeep,
    VerificationReader,
    VerificationLifecycle,
    VerificationsService,
    VerificationRunner,
    VerifySnapshotJob,
  ],
  exports: [
    TypeOrmModule,
    VaultAccessModule,
    SnapshotReader,
    SnapshotNeeds,
    SnapshotReplicas,
    SnapshotRemoval,
    SnapshotLifecycle,
    CaptureRunner,
    CompletedCaptures,
    RestoredStates,
    Standbys,
    StandbyRemoval,
    VerificationReader,
  ],
})
export class SnapshotsModule implements OnModuleInit {
  constructor(
    private readonly announcements: Announcements,
    private readonly removal: SnapshotRemoval,
    private readonly verifications: VerificationsService,
    private readonly verificationReader: VerificationReader,
    private readonly standbys: Standbys,
    private readonly upkeep: UpkeepRegistry,
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
  ) {}

  onModuleInit(): void {
    const { announcements } = this;
    announcements.listen('snapshots', environmentRemoval, (manager, asked) =>
      this.removal.beforeEnvironmentDelete(manager, asked),
    );
    for (const table of [SNAPSHOTS, VERIFICATIONS]) {
      const queued = new LostJobUpkeep(table, this.dataSource, this.queue);
      this.upkeep.register(queued);
      announcements.listen('snapshots', environmentChange, async (manager, { environment: { id, pool }, prospect }) => {
        if (prospect.pool !== pool) await queued.moveTo(manager, id, prospect.pool);
      });
    }
    announcements.answer(standbyBeside, async (environmentId) =>
      toStandbyDto(await this.standbys.ofEnvironment(environmentId)),
    );
    announcements.listen('snapshots', snapshotEnded, (manager, snapshot) =>
      this.verifications.afterCapture(manager, snapshot),
    );
    announcements.listen('snapshots', snapshotRemoval, (manager, snapshotId) =>
      this.verificationReader.refuseIfUsing(manager, snapshotId),
    );
    announcements.listen('snapshots', snapshotRemoval, (manager, snapshotId) =>
      this.standbys.ofRemovedSnapshot(manager, snapshotId),
    );
  }
}
