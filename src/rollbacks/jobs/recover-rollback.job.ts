import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { JobDefinition } from '../../jobs/job-definition.js';
import { JobRegistry } from '../../jobs/job-registry.js';
import { LostRollbacks } from '../lost-rollbacks.js';
import { RECOVERY_JOB } from './job-names.js';
import type { RecoveryJobData } from './job-names.js';

@Injectable()
export class RecoverRollbackJob implements JobDefinition<RecoveryJobData>, OnModuleInit {
  readonly name = RECOVERY_JOB;
  readonly concurrency: number;
  /** It puts itself into the queue again when it has to wait. */
  readonly retries = 0;
  readonly pooled = true;

  constructor(
    configuration: Configuration,
    private readonly registry: JobRegistry,
    private readonly lost: LostRollbacks,
  ) {
    this.concurrency = configuration.ROLLBACK_CONCURRENCY;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** Not to be stopped half way: the environment is closed meanwhile. */
  async run(data: RecoveryJobData): Promise<void> {
    await this.lost.takeUp(data);
  }

  async abandoned({ deploymentId }: RecoveryJobData): Promise<void> {
    await this.lost.hand(deploymentId);
  }
}
