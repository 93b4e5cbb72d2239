import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { JobContext, JobDefinition, JobDescription, JobSummary } from '../../jobs/job-definition.js';
import { JobRegistry } from '../../jobs/job-registry.js';
import { CaptureRunner } from '../capture/capture-runner.js';
import { SnapshotLifecycle } from '../snapshot-lifecycle.js';
import { SnapshotReader } from '../snapshot-reader.js';
import { CAPTURE_JOB } from './job-names.js';
import type { CaptureJobData } from './job-names.js';

@Injectable()
export class CaptureSnapshotJob implements JobDefinition<CaptureJobData>, OnModuleInit {
  readonly name = CAPTURE_JOB;
  readonly concurrency: number;
  readonly retries: number;
  readonly pooled = true;

  constructor(
    configuration: Configuration,
    private readonly registry: JobRegistry,
    private readonly runner: CaptureRunner,
    private readonly lifecycle: SnapshotLifecycle,
    private readonly reader: SnapshotReader,
  ) {
    this.concurrency = configuration.CAPTURE_CONCURRENCY;
    this.retries = configuration.CAPTURE_RETRIES;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async describe({ snapshotId }: CaptureJobData): Promise<JobDescription | null> {
    const snapshot = await this.reader.byId(snapshotId);
    if (snapshot === null) return null;
    const { requestedBy, environmentId, attempt } = snapshot;
    return { requestedBy, environmentId, snapshotId, attempt };
  }

  async run({ snapshotId }: CaptureJobData, { signal }: JobContext): Promise<void> {
    await this.runner.run(snapshotId, signal);
  }

  async summarize({ snapshotId }: CaptureJobData): Promise<JobSummary | null> {
    const snapshot = await this.reader.byId(snapshotId);
    if (snapshot === null) return null;
    const { status, databaseBytes, filestoreBytes, storedBytes, failure } = snapshot;
    const bytes = (databaseBytes ?? 0) + (filestoreBytes ?? 0);
    return {
      outcome: status,
      bytes,
      ...(storedBytes !== null && { storedBytes }),
      ...(failure !== null && { failure }),
    };
  }

  async abandoned({ snapshotId }: CaptureJobData): Promise<void> {
    await this.lifecycle.fail(snapshotId, null, {
      code: 'worker-lost',
      message: 'The worker that took the snapshot died, and so did those that tried again; take a new snapshot.',
    });
  }
}
