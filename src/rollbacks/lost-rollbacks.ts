import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { isUnexpected, toFinding } from '../errors/finding.js';
import { JobQueue } from '../jobs/job-queue.js';
import { EnvironmentReader } from '../projects/environment-reader.js';
import { DeadRollback } from './dead-rollback.js';
import { RECOVERY_JOB } from './jobs/job-names.js';
import type { RecoveryJobData } from './jobs/job-names.js';
import { RollbackLifecycle, RollbackLost } from './rollback-lifecycle.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';
import { RollbackRecovery } from './rollback-recovery.js';

/** The longest pause between two tries of a recovery. There is no last try: the environment is not left half way. */
const LONGEST_PAUSE_SECONDS = 60;

/** Sees to it that a rollback which has lost its worker is taken up by another one that can reach the environment. */
@Injectable()
export class LostRollbacks {
  private readonly logger = new Logger(LostRollbacks.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly environments: EnvironmentReader,
    private readonly lifecycle: RollbackLifecycle,
    private readonly dead: DeadRollback,
    private readonly recovery: RollbackRecovery,
  ) {}

  /** Its worker has not been heard of, or has given it up: nothing more is written by it, and somebody else gets it. */
  async hand(deploymentId: string): Promise<void> {
    await this.lifecycle.takeOver(deploymentId, (manager, log) => this.enqueue(manager, log, 0));
  }

  /** The same, by its own worker; does nothing when somebody else has it by now. */
  async handOver({ deploymentId, attempt }: RollbackLogEntity): Promise<void> {
    await this.lifecycle.takeOver(deploymentId, (manager, log) => this.enqueue(manager, log, 0), attempt);
  }

  /** Takes it up. Returns also when it could not be recovered now: then it is tried again later, for as long as it takes. */
  async takeUp({ deploymentId, tries }: RecoveryJobData): Promise<void> {
    const log = await this.lifecycle.takeOver(deploymentId);
    if (log === null) return;
    try {
      await (log.journal === null ? this.dead.bury(log) : this.recovery.recover(log));
    } catch (error) {
      if (error instanceof RollbackLost) return;
      await this.tryLater(log, error, tries);
    }
  }

  /** Hands over what runs according to its log, although no job is about it any more. */
  async findAll(): Promise<void> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT deployment_id AS id FROM rollback_logs l
        WHERE status = 'running' AND NOT EXISTS (
          SELECT FROM jobs.job j
           WHERE j.state::text IN ('created', 'retry', 'active') AND j.name LIKE 'rollback.%'
             AND j.data ->> 'deploymentId' = l.deployment_id::text)`,
    );
    for (const { id } of rows) {
      this.logger.warn({ deploymentId: id }, 'A rollback was left behind; it is taken up.');
      await this.hand(id);
    }
  }

  private async tryLater(log: RollbackLogEntity, error: unknown, tries: number): Promise<void> {
    const seconds = Math.min(LONGEST_PAUSE_SECONDS, 2 ** Math.min(tries, 10));
    const level = isUnexpected(error) ? 'error' : 'warn';
    this.logger[level]({ err: error, deploymentId: log.deploymentId, seconds }, 'A recovery has to be tried again.');
    // First, so that nothing that goes wrong with telling it keeps it from being tried.
    await this.dataSource.transaction((manager) => this.enqueue(manager, log, tries + 1, seconds));
    await this.recovery.wait(log, toFinding(error), seconds).catch((failure: unknown) => {
      if (!(failure instanceof RollbackLost)) throw failure;
    });
  }

  private async enqueue(
    manager: EntityManager,
    log: RollbackLogEntity,
    tries: number,
    afterSeconds?: number,
  ): Promise<void> {
    const environment = await this.environments.byId(log.environmentId);
    // Gone with everything that knew of it.
    if (environment === null) return;
    const data: RecoveryJobData = { deploymentId: log.deploymentId, tries };
    await this.queue.enqueue(manager, RECOVERY_JOB, data, {
      pool: environment.pool,
      ...(afterSeconds === undefined ? {} : { afterSeconds }),
    });
  }
}
