import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Configuration } from '../../config/configuration.js';
import { toFinding } from '../../errors/finding.js';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import { pauseAfter } from '../../keeper/pauses.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import type { NewKeeperItem, Upkeep } from '../../keeper/upkeep.js';
import { DiedBeforeCutover } from './died-before-cutover.js';
import { RollbackLifecycle, RollbackLost } from '../rollback-lifecycle.js';
import { DiedInCutover } from './died-in-cutover.js';
import { ROLLBACK_JOB } from '../jobs/job-names.js';
import { withoutJob } from '../../jobs/without-job.js';
import { logsWhere } from '../rollback-logs-where.js';

/** Rollbacks whose worker was lost: begun again before their swap, finished or reverted in it. */
@Injectable()
export class RecoveryUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'rollback-recovery';
  readonly concurrency: number;
  /** The environment is not left half way. */
  readonly longestPauseSeconds = 60;
  readonly help = 'See why the environment does not answer; it may be closed until the swap is finished or reverted.';

  constructor(
    configuration: Configuration,
    private readonly registry: UpkeepRegistry,
    private readonly lifecycle: RollbackLifecycle,
    private readonly dead: DiedBeforeCutover,
    private readonly recovery: DiedInCutover,
  ) {
    this.concurrency = configuration.ROLLBACK_CONCURRENCY;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** What runs according to its log, although no job is about it any more. */
  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    return logsWhere(manager, `l.status = 'running' AND ${withoutJob('l.deployment_id', 'deploymentId')}`, [
      ROLLBACK_JOB,
    ]);
  }

  /** Not to be stopped half way: the environment is closed meanwhile. Whoever takes it over ends this one by its epoch. */
  async tend({ subject, tries }: KeeperItemEntity): Promise<void> {
    const log = await this.lifecycle.takeOver(subject);
    if (log === null || log.status === 'queued') return;
    try {
      await (log.journal === null ? this.dead.takeUp(log) : this.recovery.recover(log));
    } catch (error) {
      if (error instanceof RollbackLost) return;
      const seconds = pauseAfter(tries + 1, this.longestPauseSeconds);
      await this.recovery.wait(log, toFinding(error), seconds).catch((failure: unknown) => {
        if (!(failure instanceof RollbackLost)) throw failure;
      });
      throw error;
    }
  }
}
