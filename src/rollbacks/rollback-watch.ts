import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { tryAdvisoryLock } from '../database/advisory-lock.js';
import { JobQueue } from '../jobs/job-queue.js';
import { KeptStates } from './kept-states.js';
import { LostRollbacks } from './lost-rollbacks.js';

const NAME = 'rollback-watch';
const LOOK_MS = 5_000;

/**
 * Looks, at the start of a worker and every few seconds, for rollbacks that nobody is at any more and for
 * previous states whose time is over. What it finds becomes a job for a worker that can reach the environment.
 */
@Injectable()
export class RollbackWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RollbackWatch.name);
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly lost: LostRollbacks,
    private readonly kept: KeptStates,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.configuration.ROLE === 'api') return;
    // Its tables are looked at.
    await this.queue.boss();
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    void this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** Never rejects: what fails is logged, and tried again the next time. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    try {
      await tryAdvisoryLock(this.dataSource, NAME, async () => {
        await this.lost.findAll();
        await this.kept.findExpired();
      });
    } catch (error) {
      this.logger.warn({ err: error }, 'Could not look for lost rollbacks and expired undos.');
    }
  }
}
