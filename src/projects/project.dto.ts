import type { Project } from '../contract/generated/types.gen.js';
import type { ProjectEntity } from './project.entity.js';

/** A project and how many environments it has. */
export interface CountedProject {
  project: ProjectEntity;
  environmentCount: number;
}

export function toProjectDto({ project, environmentCount }: CountedProject): Project {
  return {
    id: project.id,
    name: project.name,
    description: project.description,
    organization: project.organization,
    environmentCount,
    createdAt: project.createdAt.toISOString(),
    updatedAt: project.updatedAt.toISOString(),
  };
}
