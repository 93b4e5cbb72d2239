import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import type { EntityManager, Repository, SelectQueryBuilder } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import type { ProjectCreate, ProjectUpdate } from '../contract/generated/types.gen.js';
import { isForeignKeyViolation, isUniqueViolation } from '../database/constraint-violation.js';
import { countUpTo } from '../database/count-up-to.js';
import { ListOrder } from '../database/page.js';
import type { Page, PageQuery } from '../database/page.js';
import { errors } from '../errors/catalogue.js';
import { EnvironmentEntity } from './environments/environment.entity.js';
import { EnvironmentReader } from './environments/environment-reader.js';
import { toProjectDto } from './project.dto.js';
import type { CountedProject } from './project.dto.js';
import { ProjectEntity } from './project.entity.js';
import { seenBy } from './tenancy.js';

/** A name is taken once in an organization. */
const byName = new ListOrder<CountedProject>('project-name', ['text'], ({ project }) => [project.name]);

/** Projects, as far as the caller's token reaches. */
@Injectable()
export class ProjectsService {
  constructor(
    @InjectRepository(ProjectEntity) private readonly projects: Repository<ProjectEntity>,
    @InjectRepository(EnvironmentEntity) private readonly environments: Repository<EnvironmentEntity>,
    private readonly reader: EnvironmentReader,
  ) {}

  /** By name. Throws `validation-failed` for a cursor of another list. */
  async list(caller: Caller, query: PageQuery): Promise<Page<CountedProject>> {
    const bounds = byName.bounds(query);
    const { limit, offset, after } = bounds;
    const found = this.counted(caller)
      .orderBy('project.name')
      .limit(limit + 1)
      .offset(offset);
    if (after !== null) found.andWhere('project.name > :after', { after: after[0] });
    const [rows, total] = await Promise.all([read(found), countUpTo(this.seen(caller))]);
    return byName.page(rows, total, bounds);
  }

  /** Throws `not-found`. */
  async view(caller: Caller, projectId: string): Promise<CountedProject> {
    const [project] = await read(this.counted(caller).andWhere('project.id = :projectId', { projectId }));
    if (project === undefined) throw errors.notFound('project', projectId);
    return project;
  }

  /** Throws `name-taken`, or `permission-missing` for a token that is limited to some projects: it would not see the new one. */
  async create(caller: Caller, { name, description }: ProjectCreate): Promise<CountedProject> {
    if (caller.projects !== null) throw errors.permissionMissing('to create projects, being limited to some');
    const id = randomUUID();
    const row = { id, organization: caller.organization, name, description: description ?? null };
    await this.transaction(async (manager) => {
      await manager.insert(ProjectEntity, row);
      const made = await manager.findOneByOrFail(ProjectEntity, { id });
      audited(manager, { ...about(made), after: shownAlone(made) });
    }).catch(refuseTakenName(name));
    return this.view(caller, id);
  }

  /** Changes what is given. Throws `not-found` or `name-taken`. */
  async update(caller: Caller, projectId: string, { name, description }: ProjectUpdate): Promise<CountedProject> {
    await this.reader.requireProject(caller, projectId);
    // TypeORM leaves out what is undefined and stores null.
    const changes = { name, description, updatedAt: () => 'now()' };
    await this.transaction(async (manager) => {
      const before = await lock(manager, projectId);
      await manager.update(ProjectEntity, { id: projectId }, changes);
      const after = await manager.findOneByOrFail(ProjectEntity, { id: projectId });
      audited(manager, { ...about(after), before: shownAlone(before), after: shownAlone(after) });
    }).catch(refuseTakenName(name ?? ''));
    return this.view(caller, projectId);
  }

  /** Throws `not-found` or `project-not-empty`. */
  async delete(caller: Caller, projectId: string): Promise<void> {
    await this.reader.requireProject(caller, projectId);
    try {
      await this.transaction(async (manager) => {
        const before = await lock(manager, projectId);
        await manager.delete(ProjectEntity, { id: projectId });
        audited(manager, { ...about(before), before: shownAlone(before) });
      });
    } catch (error) {
      // The database decides, not a count beforehand: an environment may be added at the same moment.
      if (!isForeignKeyViolation(error)) throw error;
      throw errors.projectNotEmpty(await this.environments.countBy({ projectId }));
    }
  }

  private transaction(work: (manager: EntityManager) => Promise<void>): Promise<void> {
    return this.projects.manager.transaction(work);
  }

  private seen(caller: Caller): SelectQueryBuilder<ProjectEntity> {
    return seenBy(this.projects.createQueryBuilder('project'), caller);
  }

  private counted(caller: Caller): SelectQueryBuilder<ProjectEntity> {
    return this.seen(caller).addSelect(
      (count) => count.select('count(*)').from(EnvironmentEntity, 'counted').where('counted.project_id = project.id'),
      'environments',
    );
  }
}

/** Somebody else may have deleted it since it was looked for. */
async function lock(manager: EntityManager, id: string): Promise<ProjectEntity> {
  const project = await manager.findOne(ProjectEntity, { where: { id }, lock: { mode: 'for_no_key_update' } });
  if (project === null) throw errors.notFound('project', id);
  return project;
}

function about({ id, organization }: ProjectEntity) {
  return { subject: ['project', id] as const, projectId: id, organization };
}

/** How many environments it has nobody changes with it. */
function shownAlone(project: ProjectEntity): object {
  const { environmentCount: _, ...shown } = toProjectDto({ project, environmentCount: 0 });
  return shown;
}

/** Both answers have the rows in the same order: no join multiplies them. */
async function read(query: SelectQueryBuilder<ProjectEntity>): Promise<CountedProject[]> {
  const { entities, raw } = await query.getRawAndEntities<{ environments: string }>();
  return entities.map((project, index) => ({ project, environmentCount: Number(raw[index]?.environments) }));
}

function refuseTakenName(name: string): (error: unknown) => never {
  return (error) => {
    throw isUniqueViolation(error) ? errors.nameTaken('project', name) : error;
  };
}
