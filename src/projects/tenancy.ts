import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import { ProjectEntity } from './project.entity.js';

/** Which columns of a statement say whose a row is. */
interface Owned {
  organization: string;
  project: string;
}

const OF_PROJECTS: Owned = { organization: 'project.organization', project: 'project.id' };

/** What stands in a token need not be a uuid, so ids are compared as text. Null: the token is limited to no projects. */
const seen = ({ organization, project }: Owned, [ofOrganization, ofProjects]: readonly [string, string]) =>
  `${organization} = ${ofOrganization} AND (${ofProjects}::text[] IS NULL OR ${project}::text = ANY(${ofProjects}::text[]))`;

const valuesOf = ({ organization, projects }: Caller) => ({ organization, projects: projects && [...projects] });

/**
 * Limits a query to what the caller may see; `project` is the alias of the projects in it, unless `owned` says otherwise. Everything
 * that belongs to a project is looked up through this, so that another tenant's row is never even read.
 */
export function seenBy<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  caller: Caller,
  owned: Owned = OF_PROJECTS,
): SelectQueryBuilder<T> {
  return query.andWhere(seen(owned, [':organization', ':projects']), valuesOf(caller));
}

/** The same as a condition in SQL; `$first` is the first of two parameters that are free in the statement. */
export function seenSql(caller: Caller, first: number): { sql: string; values: unknown[] } {
  const { organization, projects } = valuesOf(caller);
  return { sql: seen(OF_PROJECTS, [`$${first}`, `$${first + 1}`]), values: [organization, projects] };
}

/** Whose a project is. Rejects when it is gone. */
export async function organizationOf(manager: EntityManager, projectId: string): Promise<string> {
  return (await manager.findOneByOrFail(ProjectEntity, { id: projectId })).organization;
}
