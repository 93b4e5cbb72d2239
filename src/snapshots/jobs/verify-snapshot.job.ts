import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { JobContext, JobDefinition, JobDescription, JobSummary } from '../../jobs/job-definition.js';
import { JobRegistry } from '../../jobs/job-registry.js';
import { VerificationReader } from '../verification/verification-reader.js';
import { VerificationRunner } from '../verification/verification-runner.js';
import { VERIFY_JOB } from './job-names.js';
import type { VerifyJobData } from './job-names.js';

@Injectable()
export class VerifySnapshotJob implements JobDefinition<VerifyJobData>, OnModuleInit {
  readonly name = VERIFY_JOB;
  readonly concurrency: number;
  readonly retries: number;
  readonly pooled = true;

  constructor(
    configuration: Configuration,
    private readonly registry: JobRegistry,
    private readonly runner: VerificationRunner,
    private readonly reader: VerificationReader,
  ) {
    this.concurrency = configuration.CAPTURE_CONCURRENCY;
    this.retries = configuration.CAPTURE_RETRIES;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async describe({ verificationId }: VerifyJobData): Promise<JobDescription | null> {
    const verification = await this.reader.byId(verificationId);
    if (verification === null) return null;
    const { requestedBy, environmentId, snapshotId, attempt } = verification;
    return { requestedBy, environmentId, snapshotId, verificationId, attempt };
  }

  async run({ verificationId }: VerifyJobData, { signal }: JobContext): Promise<void> {
    await this.runner.run(verificationId, signal);
  }

  async summarize({ verificationId }: VerifyJobData): Promise<JobSummary | null> {
    const verification = await this.reader.byId(verificationId);
    if (verification === null) return null;
    const { status, outcome, filestoreBytes, finding } = verification;
    return {
      outcome: outcome ?? status,
      ...(filestoreBytes !== null && { bytes: filestoreBytes }),
      ...(finding !== null && { failure: finding }),
    };
  }

  async abandoned({ verificationId }: VerifyJobData): Promise<void> {
    await this.runner.abandon(verificationId);
  }
}
