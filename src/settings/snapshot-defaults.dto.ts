import type { SnapshotDefaults } from '../contract/generated/types.gen.js';
import type { ProjectEntity } from '../projects/project.entity.js';

export function toSnapshotDefaultsDto(project: ProjectEntity): SnapshotDefaults {
  return {
    projectId: project.id,
    rules: project.snapshotDefaults,
    updatedAt: project.snapshotDefaultsAt?.toISOString() ?? null,
  };
}
