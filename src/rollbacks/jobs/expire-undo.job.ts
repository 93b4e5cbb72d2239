import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { JobDefinition } from '../../jobs/job-definition.js';
import { JobRegistry } from '../../jobs/job-registry.js';
import { KeptStates } from '../kept-states.js';
import { EXPIRY_JOB } from './job-names.js';
import type { RollbackJobData } from './job-names.js';

@Injectable()
export class ExpireUndoJob implements JobDefinition<RollbackJobData>, OnModuleInit {
  readonly name = EXPIRY_JOB;
  readonly concurrency = 1;
  /** `RollbackWatch` asks again for what is still there. */
  readonly retries = 0;
  readonly pooled = true;

  constructor(
    private readonly registry: JobRegistry,
    private readonly kept: KeptStates,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async run({ deploymentId }: RollbackJobData): Promise<void> {
    await this.kept.expire(deploymentId);
  }

  async abandoned(): Promise<void> {
    // Nothing waits for it: as long as it is kept, it is asked for again.
  }
}
