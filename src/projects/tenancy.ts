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

/** The same as a condition in SQL; `$first` is the first parameter that is free in the statement. */
export function seenSql(caller: Caller, alias: string, first: number): { sql: string; values: unknown[] } {
  const ofOrganization = `${alias}.organization = $${first}`;
  if (caller.projects === null) return { sql: ofOrganization, values: [caller.organization] };
  const sql = `${ofOrganization} AND ${alias}.id::text = ANY($${first + 1})`;
  return { sql, values: [caller.organization, [...caller.projects]] };
}

/** Whose a project is. Rejects when it is gone. */
export async function organizationOf(manager: EntityManager, projectId: string): Promise<string> {
  return (await manager.findOneByOrFail(ProjectEntity, { id: projectId })).organization;
}
