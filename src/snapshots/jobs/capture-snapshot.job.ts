import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { JobContext, JobDefinition } from '../../jobs/job-definition.js';
import { JobRegistry } from '../../jobs/job-registry.js';
import { CaptureRunner } from '../capture/capture-runner.js';
import { SnapshotLifecycle } from '../snapshot-lifecycle.js';
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
  ) {
    this.concurrency = configuration.CAPTURE_CONCURRENCY;
    this.retries = configuration.CAPTURE_RETRIES;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async run({ snapshotId }: CaptureJobData, { signal }: JobContext): Promise<void> {
    await this.runner.run(snapshotId, signal);
  }

  async abandoned({ snapshotId }: CaptureJobData): Promise<void> {
    await this.lifecycle.fail(snapshotId, null, {
      code: 'worker-lost',
      message: 'The worker that took the snapshot died, and so did those that tried again; take a new snapshot.',
    });
  }
}
