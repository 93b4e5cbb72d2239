import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { JobContext, JobDefinition, JobDescription, JobSummary } from '../../jobs/job-definition.js';
import { JobRegistry } from '../../jobs/job-registry.js';
import { SnapshotReader } from '../../snapshots/snapshot-reader.js';
import { LostRollbacks } from '../recovery/lost-rollbacks.js';
import { RollbackReader } from '../rollback-reader.js';
import { RollbackRunner } from './rollback-runner.js';
import { ROLLBACK_JOB } from './job-names.js';
import type { RollbackJobData } from './job-names.js';

@Injectable()
export class RunRollbackJob implements JobDefinition<RollbackJobData>, OnModuleInit {
  readonly name = ROLLBACK_JOB;
  readonly concurrency: number;
  /** A rollback whose worker died is not tried again blindly: `LostRollbacks` says what becomes of it. */
  readonly retries = 0;
  readonly pooled = true;

  constructor(
    configuration: Configuration,
    private readonly registry: JobRegistry,
    private readonly runner: RollbackRunner,
    private readonly lost: LostRollbacks,
    private readonly reader: RollbackReader,
    private readonly snapshots: SnapshotReader,
  ) {
    this.concurrency = configuration.ROLLBACK_CONCURRENCY;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async run({ deploymentId }: RollbackJobData, { signal }: JobContext): Promise<void> {
    await this.runner.run(deploymentId, signal);
  }

  async describe({ deploymentId }: RollbackJobData): Promise<JobDescription | null> {
    const log = await this.reader.byDeployment(deploymentId);
    if (log === null) return null;
    const { requestedBy, environmentId, snapshotId, attempt } = log;
    return { requestedBy, environmentId, deploymentId, attempt, ...(snapshotId !== null && { snapshotId }) };
  }

  async summarize({ deploymentId }: RollbackJobData): Promise<JobSummary | null> {
    const log = await this.reader.byDeployment(deploymentId);
    if (log === null) return null;
    const snapshot = log.snapshotId === null ? null : await this.snapshots.byId(log.snapshotId);
    const bytes = (snapshot?.databaseBytes ?? 0) + (snapshot?.filestoreBytes ?? 0);
    return {
      outcome: log.status,
      ...(snapshot !== null && { bytes }),
      ...(log.failure !== null && { failure: log.failure }),
    };
  }

  async abandoned({ deploymentId }: RollbackJobData): Promise<void> {
    await this.lost.hand(deploymentId);
  }
}
