import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Announcements } from '../announcements/announcements.js';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import { requireMatch } from '../contract/entity-tag.js';
import type { SnapshotDefaultsRule } from '../contract/generated/types.gen.js';
import { errors } from '../errors/catalogue.js';
import { ENVIRONMENT_TYPES } from '../projects/environments/environment-types.js';
import { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { ProjectEntity } from '../projects/project.entity.js';
import { effectiveProtection, faultsOf, keepsNothing, SAYS_NOTHING } from './protection.js';
import { KEEPS_NOTHING } from './refused-settings.js';
import { scheduleChanged } from './settings-announcements.js';
import { toSnapshotDefaultsDto } from './snapshot-defaults.dto.js';
import { SnapshotSettingsEntity } from './snapshot-settings.entity.js';

/** What the environments of a project have that say nothing themselves. */
@Injectable()
export class SnapshotDefaultsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly announcements: Announcements,
  ) {}

  /** Throws `not-found`. */
  async view(caller: Caller, projectId: string): Promise<ProjectEntity> {
    return this.environments.requireProject(caller, projectId);
  }

  /**
   * Throws `not-found`, `precondition-failed` when they are not what `ifMatch` names, and `validation-failed` for a schedule that
   * cannot be, or where an environment would be left with retention that keeps nothing.
   */
  async replace(
    caller: Caller,
    projectId: string,
    rules: SnapshotDefaultsRule[],
    ifMatch?: string,
  ): Promise<ProjectEntity> {
    await this.environments.requireProject(caller, projectId);
    const faults = rules.flatMap((rule, index) => faultsOf(rule, `rules.${index}.`));
    if (faults.length > 0) throw errors.validationFailed(faults);
    return this.dataSource.transaction(async (manager) => {
      const lock = { mode: 'for_no_key_update' } as const;
      const project = await manager.findOne(ProjectEntity, { where: { id: projectId }, lock });
      if (project === null) throw errors.notFound('project', projectId);
      requireMatch(ifMatch, 'settings', toSnapshotDefaultsDto(project));
      await refuseNothing(manager, projectId, rules);
      const changes = { snapshotDefaults: rules, snapshotDefaultsAt: () => 'now()' };
      await manager.update(ProjectEntity, { id: projectId }, changes);
      const environments = await manager.find(EnvironmentEntity, { where: { projectId }, select: { id: true } });
      const environmentIds = environments.map(({ id }) => id);
      await this.announcements.announce(manager, scheduleChanged, { projectId, environmentIds });
      const replaced = await manager.findOneByOrFail(ProjectEntity, { id: projectId });
      const [before, after] = [toSnapshotDefaultsDto(project), toSnapshotDefaultsDto(replaced)];
      audited(manager, { subject: ['snapshot-defaults', projectId], projectId, before, after });
      return replaced;
    });
  }
}

/** Only one that keeps nothing by age itself can be left with nothing by rules that are enough for the others. */
async function refuseNothing(manager: EntityManager, projectId: string, rules: SnapshotDefaultsRule[]): Promise<void> {
  for (const type of ENVIRONMENT_TYPES) {
    if (!keepsNothing(effectiveProtection(SAYS_NOTHING, rules, type).values)) continue;
    throw errors.validationFailed([{ field: 'rules', message: `for ${type} ${KEEPS_NOTHING}` }]);
  }
  const environments = await manager
    .createQueryBuilder(EnvironmentEntity, 'e')
    .innerJoinAndMapOne('e.own', SnapshotSettingsEntity, 's', 's.environment_id = e.id')
    .where('e.project_id = :projectId AND s.retention_days = 0', { projectId })
    .getMany();
  for (const environment of environments as (EnvironmentEntity & { own: SnapshotSettingsEntity })[]) {
    if (!keepsNothing(effectiveProtection(environment.own, rules, environment.type).values)) continue;
    const message = `for the environment ${environment.name} ${KEEPS_NOTHING}`;
    throw errors.validationFailed([{ field: 'rules', message }]);
  }
}
