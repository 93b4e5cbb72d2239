import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { DeploymentEntity } from './deployment.entity.js';

/** Starts a rollback to the deployment's snapshot and returns its deployment id; asked twice, it starts one. */
export type RollbackStarter = (caller: Caller, deployment: DeploymentEntity) => Promise<string>;

/** Where rollbacks register: they build on deployments, not the reverse. */
@Injectable()
export class FailedDeploymentRollback {
  private starter: RollbackStarter | undefined;

  register(starter: RollbackStarter): void {
    this.starter = starter;
  }

  async start(caller: Caller, deployment: DeploymentEntity): Promise<string> {
    if (this.starter === undefined) throw new Error('Nobody has registered to start rollbacks.');
    return this.starter(caller, deployment);
  }
}
