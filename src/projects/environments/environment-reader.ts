import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository, SelectQueryBuilder } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { errors } from '../../errors/catalogue.js';
import { EnvironmentEntity } from './environment.entity.js';
import { ProjectEntity } from '../project.entity.js';
import { seenBy } from '../tenancy.js';

/** What other features may ask about projects and environments. */
@Injectable()
export class EnvironmentReader {
  constructor(
    @InjectRepository(EnvironmentEntity) private readonly environments: Repository<EnvironmentEntity>,
    @InjectRepository(ProjectEntity) private readonly projects: Repository<ProjectEntity>,
  ) {}

  /** Throws `not-found` when there is none, or it is not the caller's. */
  async require(caller: Caller, environmentId: string, manager?: EntityManager): Promise<EnvironmentEntity> {
    return found(this.seen(caller, environmentId, manager), environmentId);
  }

  /** The same, also for an environment of another project. */
  async requireInProject(caller: Caller, projectId: string, environmentId: string): Promise<EnvironmentEntity> {
    const query = this.seen(caller, environmentId).andWhere('environment.projectId = :projectId', { projectId });
    return found(query, environmentId);
  }

  /** Throws `not-found` when there is none, or it is not the caller's. */
  async requireProject(caller: Caller, projectId: string): Promise<ProjectEntity> {
    const query = this.projects.createQueryBuilder('project').where('project.id = :projectId', { projectId });
    const project = await seenBy(query, caller).getOne();
    if (project === null) throw errors.notFound('project', projectId);
    return project;
  }

  /** For jobs, which act for nobody in particular. */
  async byId(
    environmentId: string,
    manager: EntityManager = this.environments.manager,
  ): Promise<EnvironmentEntity | null> {
    return manager.findOneBy(EnvironmentEntity, { id: environmentId });
  }

  /**
   * The environment as it is now, held until the transaction ends: what changes it, or decides by how it
   * is, takes turns here. Throws `not-found` when it is gone. It checks no tenant: `require` it first.
   */
  async lock(manager: EntityManager, environmentId: string): Promise<EnvironmentEntity> {
    const environment = await manager.findOne(EnvironmentEntity, {
      where: { id: environmentId },
      // Not FOR UPDATE, which whatever refers to the row would wait for: a row of settings, of counts. Those
      // who hold such a row and those who hold this one would wait for each other.
      lock: { mode: 'for_no_key_update' },
    });
    if (environment === null) throw errors.notFound('environment', environmentId);
    return environment;
  }

  private seen(
    caller: Caller,
    environmentId: string,
    manager: EntityManager = this.environments.manager,
  ): SelectQueryBuilder<EnvironmentEntity> {
    const query = manager
      .createQueryBuilder(EnvironmentEntity, 'environment')
      .innerJoin('environment.project', 'project')
      .where('environment.id = :environmentId', { environmentId });
    return seenBy(query, caller);
  }
}

async function found(query: SelectQueryBuilder<EnvironmentEntity>, environmentId: string): Promise<EnvironmentEntity> {
  const environment = await query.getOne();
  if (environment === null) throw errors.notFound('environment', environmentId);
  return environment;
}
