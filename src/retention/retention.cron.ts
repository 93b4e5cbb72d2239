import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { tryAdvisoryLock } from '../database/advisory-lock.js';
import { Problem } from '../errors/problem.js';
import { removeExpiredRows } from './expired-rows.js';
import { RetentionService } from './retention.service.js';

const NAME = 'retention';
/** Environments whose ids are held in memory at a time. */
const BATCH = 200;

/**
 * The daily run: prunes every environment's snapshots and the service's own rows that have had their
 * time. One process of many does it; another that begins a moment later finds nothing left to do.
 */
@Injectable()
export class RetentionCron implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RetentionCron.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly scheduler: SchedulerRegistry,
    private readonly dataSource: DataSource,
    private readonly retention: RetentionService,
  ) {}

  onApplicationBootstrap(): void {
    if (this.configuration.ROLE === 'api') return;
    const job = CronJob.from({
      cronTime: this.configuration.RETENTION_CRON,
      onTick: () => this.run(),
      timeZone: 'UTC',
    });
    this.scheduler.addCronJob(NAME, job);
    job.start();
  }

  /** The environment that is being pruned is finished, the others wait for the next run. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Prunes now, unless this or another process is at it. Never rejects: what fails is logged. */
  run(): Promise<void> {
    this.running ??= this.runOnce().finally(() => (this.running = undefined));
    return this.running;
  }

  private async runOnce(): Promise<void> {
    try {
      const ran = await tryAdvisoryLock(this.dataSource, NAME, () => this.prune());
      if (!ran) this.logger.log('Another process is at the retention run.');
    } catch (error) {
      this.logger.error({ err: error }, 'The retention run has failed; the next one tries again.');
    }
  }

  private async prune(): Promise<void> {
    let removed = 0;
    for await (const environmentId of this.environmentIds()) {
      removed += await this.pruneEnvironment(environmentId);
    }
    await removeExpiredRows(this.dataSource, this.stopping.signal);
    this.logger.log({ removed }, 'The retention run has ended.');
  }

  private async pruneEnvironment(environmentId: string): Promise<number> {
    try {
      return await this.retention.apply(environmentId);
    } catch (error) {
      // Deleted since its id was read, and its snapshots with it.
      if (error instanceof Problem && error.code === 'not-found') return 0;
      this.logger.error({ err: error, environmentId }, 'Retention has failed for an environment; the others go on.');
      return 0;
    }
  }

  private async *environmentIds(): AsyncGenerator<string> {
    let last = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const rows: { id: string }[] = await this.dataSource.query(
        `SELECT id FROM environments WHERE id > $1 ORDER BY id LIMIT ${BATCH}`,
        [last],
      );
      for (const { id } of rows) {
        if (this.stopping.signal.aborted) return;
        yield id;
        last = id;
      }
      if (rows.length < BATCH) return;
    }
  }
}
