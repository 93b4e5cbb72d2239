import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import type { DeploymentListData } from '../contract/generated/types.gen.js';
import { newestPage, type Condition } from '../database/newest-first.js';
import type { Page } from '../database/page.js';
import { RowReader } from '../database/row-reader.js';
import { errors } from '../errors/catalogue.js';
import { Problem } from '../errors/problem.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { DeploymentEntity } from './deployment.entity.js';

const DEPLOYMENTS = new RowReader(DeploymentEntity);

/** What other features may ask about deployments. */
@Injectable()
export class DeploymentReader {
  constructor(
    @InjectRepository(DeploymentEntity) private readonly deployments: Repository<DeploymentEntity>,
    private readonly environments: EnvironmentReader,
  ) {}

  /** 404 when there is none, or its environment is not the caller's to see. */
  async require(
    caller: Caller,
    deploymentId: string,
    manager: EntityManager = this.deployments.manager,
  ): Promise<DeploymentEntity> {
    const deployment = await manager.findOneBy(DeploymentEntity, { id: deploymentId });
    if (deployment === null) throw errors.notFound('deployment', deploymentId);
    try {
      await this.environments.require(caller, deployment.environmentId, manager);
    } catch (error) {
      // Not the environment's id: that would tell a stranger which deployment belongs to which.
      throw error instanceof Problem && error.status === 404 ? errors.notFound('deployment', deploymentId) : error;
    }
    return deployment;
  }

  /** Newest first. It checks no tenant. Throws `validation-failed` for a cursor of another list. */
  async list(environmentId: string, query: NonNullable<DeploymentListData['query']>): Promise<Page<DeploymentEntity>> {
    const { kind, status, gate } = query;
    const conditions: Condition[] = [
      ['row.environment_id = ?', environmentId],
      ['row.kind = ?', kind],
      ['row.status = ?', status],
      ['row.gate = ?', gate],
    ];
    return newestPage(DEPLOYMENTS, this.deployments.manager, conditions, query);
  }
}
