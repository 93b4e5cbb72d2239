import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import { ProjectEntity } from './project.entity.js';

/**
 * Limits a query to what the caller may see; `project` is the alias of the projects in it. Everything
 * that belongs to a project is looked up through this, so that another tenant's row is never even read.
 */
export function seenBy<T extends ObjectLiteral>(query: SelectQueryBuilder<T>, caller: Caller): SelectQueryBuilder<T> {
  query.andWhere('project.organization = :organization', { organization: caller.organization });
  if (caller.projects !== null) {
    // As text: what stands in a token need not be a uuid.
    query.andWhere('project.id::text = ANY(:projects)', { projects: [...caller.projects] });
  }
  return query;
}

/** Whose a project is. Rejects when it is gone. */
export async function organizationOf(manager: EntityManager, projectId: string): Promise<string> {
  return (await manager.findOneByOrFail(ProjectEntity, { id: projectId })).organization;
}
