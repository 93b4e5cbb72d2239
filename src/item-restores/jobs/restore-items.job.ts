import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { JobContext, JobDefinition, JobDescription, JobSummary } from '../../jobs/job-definition.js';
import { JobRegistry } from '../../jobs/job-registry.js';
import { ItemRestoreReader } from '../item-restore-reader.js';
import { ITEM_RESTORE_JOB, type ItemRestoreJobData } from './job-names.js';
import { ItemRestoreRunner } from './item-restore-runner.js';

@Injectable()
export class RestoreItemsJob implements JobDefinition<ItemRestoreJobData>, OnModuleInit {
  readonly name = ITEM_RESTORE_JOB;
  readonly concurrency: number;
  readonly retries: number;
  readonly pooled = true;

  constructor(
    configuration: Configuration,
    private readonly registry: JobRegistry,
    private readonly runner: ItemRestoreRunner,
    private readonly reader: ItemRestoreReader,
  ) {
    this.concurrency = configuration.CAPTURE_CONCURRENCY;
    this.retries = configuration.CAPTURE_RETRIES;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async describe({ itemRestoreId }: ItemRestoreJobData): Promise<JobDescription | null> {
    const row = await this.reader.byId(itemRestoreId);
    if (row === null) return null;
    const { requestedBy, environmentId, snapshotId, attempt } = row;
    return { requestedBy, environmentId, snapshotId, itemRestoreId, attempt };
  }

  async run({ itemRestoreId }: ItemRestoreJobData, { signal }: JobContext): Promise<void> {
    await this.runner.run(itemRestoreId, signal);
  }

  async summarize({ itemRestoreId }: ItemRestoreJobData): Promise<JobSummary | null> {
    const row = await this.reader.byId(itemRestoreId);
    if (row === null) return null;
    return { outcome: row.status, ...(row.finding !== null && { failure: row.finding }) };
  }

  async abandoned({ itemRestoreId }: ItemRestoreJobData): Promise<void> {
    await this.runner.abandon(itemRestoreId);
  }
}
