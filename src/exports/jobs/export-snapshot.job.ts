import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { JobContext, JobDefinition, JobDescription, JobSummary } from '../../jobs/job-definition.js';
import { JobRegistry } from '../../jobs/job-registry.js';
import { ExportReader } from '../export-reader.js';
import { ExportRunner } from './export-runner.js';
import { EXPORT_JOB, type ExportJobData } from './job-names.js';

@Injectable()
export class ExportSnapshotJob implements JobDefinition<ExportJobData>, OnModuleInit {
  readonly name = EXPORT_JOB;
  readonly concurrency: number;
  readonly retries: number;
  readonly pooled = true;

  constructor(
    configuration: Configuration,
    private readonly registry: JobRegistry,
    private readonly runner: ExportRunner,
    private readonly reader: ExportReader,
  ) {
    this.concurrency = configuration.CAPTURE_CONCURRENCY;
    this.retries = configuration.CAPTURE_RETRIES;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async describe({ exportId }: ExportJobData): Promise<JobDescription | null> {
    const row = await this.reader.byId(exportId);
    if (row === null) return null;
    const { requestedBy, environmentId, snapshotId, attempt } = row;
    return { requestedBy, environmentId, snapshotId, exportId, attempt };
  }

  async run({ exportId }: ExportJobData, { signal }: JobContext): Promise<void> {
    await this.runner.run(exportId, signal);
  }

  async summarize({ exportId }: ExportJobData): Promise<JobSummary | null> {
    const row = await this.reader.byId(exportId);
    if (row === null) return null;
    const { status, sizeBytes, finding } = row;
    return {
      outcome: status,
      ...(sizeBytes !== null && { bytes: sizeBytes }),
      ...(finding !== null && { failure: finding }),
    };
  }

  async abandoned({ exportId }: ExportJobData): Promise<void> {
    await this.runner.abandon(exportId);
  }
}
