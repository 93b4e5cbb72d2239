import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';

/** Sees to it that a rollback which has lost its worker is taken up by another one that can reach the environment. */
@Injectable()
export class LostRollbacks {
  constructor(
    private readonly items: KeeperItems,
    private readonly environments: EnvironmentReader,
    private readonly lifecycle: RollbackLifecycle,
  ) {}

  /** Its worker has not been heard of, or has given it up: nothing more is written by it, and somebody else gets it. */
  async hand(deploymentId: string): Promise<void> {
    await this.lifecycle.takeOver(deploymentId, (manager, log) => this.leave(manager, log));
  }

  /** The same, by its own worker; does nothing when somebody else has it by now. */
  async handOver({ deploymentId, attempt }: RollbackLogEntity): Promise<void> {
    await this.lifecycle.takeOver(deploymentId, (manager, log) => this.leave(manager, log), attempt);
  }

  private async leave(manager: EntityManager, { deploymentId, environmentId }: RollbackLogEntity): Promise<void> {
    const environment = await this.environments.byId(environmentId, manager);
    // Gone with everything that knew of it.
    if (environment === null) return;
    const { projectId, pool } = environment;
    await this.items.put(manager, 'rollback-recovery', { subject: deploymentId, projectId, environmentId, pool });
  }
}
