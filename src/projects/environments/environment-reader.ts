import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { RowReader } from '../../database/row-reader.js';
import { errors } from '../../errors/catalogue.js';
import { EnvironmentEntity } from './environment.entity.js';
import { ProjectEntity } from '../project.entity.js';
import { seenBy, seenSql } from '../tenancy.js';

const ENVIRONMENTS = new RowReader(EnvironmentEntity);

/** What other features may ask about projects and environments. */
@Injectable()
export class EnvironmentReader {
  constructor(
    @InjectRepository(EnvironmentEntity) private readonly environments: Repository<EnvironmentEntity>,
    @InjectRepository(ProjectEntity) private readonly projects: Repository<ProjectEntity>,
  ) {}

  /** Throws `not-found` when there is none, or it is not the caller's. */
  async require(caller: Caller, environmentId: string, manager?: EntityManager): Promise<EnvironmentEntity> {
    return this.found(caller, environmentId, manager);
  }

  /** The same, also for an environment of another project. */
  async requireInProject(caller: Caller, projectId: string, environmentId: string): Promise<EnvironmentEntity> {
    return this.found(caller, environmentId, this.environments.manager, projectId);
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

  private async found(
    caller: Caller,
    environmentId: string,
    manager: EntityManager = this.environments.manager,
    projectId: string | null = null,
  ): Promise<EnvironmentEntity> {
    const { sql, values } = seenSql(caller, 3);
    const environment = await ENVIRONMENTS.first(
      manager,
      `JOIN projects project ON project.id = row.project_id
        WHERE row.id = $1 AND ($2::uuid IS NULL OR project.id = $2) AND ${sql}`,
      [environmentId, projectId, ...values],
    );
    if (environment === null) throw errors.notFound('environment', environmentId);
    return environment;
  }
}
