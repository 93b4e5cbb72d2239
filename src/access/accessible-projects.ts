import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import type { AccessibleProject } from '../contract/generated/types.gen.js';
import { ProjectEntity } from '../projects/project.entity.js';
import { seenBy } from '../projects/tenancy.js';

/** The projects that a token names, as far as they are there and the organization's own: of others it tells nothing. */
@Injectable()
export class AccessibleProjects {
  constructor(@InjectRepository(ProjectEntity) private readonly projects: Repository<ProjectEntity>) {}

  /** By name; null for a token that is limited to none. */
  async of(caller: Caller): Promise<AccessibleProject[] | null> {
    if (caller.projects === null) return null;
    const found = seenBy(this.projects.createQueryBuilder('project'), caller).orderBy('project.name');
    return (await found.getMany()).map(({ id, name }) => ({ id, name }));
  }
}
