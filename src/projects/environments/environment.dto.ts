import type { Environment, Exclude } from '../../contract/generated/types.gen.js';
import { excludesNothing, type Exclusion } from '../../engine/exclusion/exclusion.js';
import type { EnvironmentEntity } from './environment.entity.js';
import { toDatabaseView, toHookView } from '../connections/stored-connections.js';

/** What anybody may see of an environment: everything but the password and the headers of hooks. */
export function toEnvironmentDto(row: EnvironmentEntity): Environment {
  return {
    id: row.id,
    projectId: row.projectId,
    name: row.name,
    type: row.type,
    labels: row.labels,
    database: row.database && toDatabaseView(row.database),
    filestorePath: row.filestorePath,
    pool: row.pool,
    neutralizeSql: row.neutralizeSql,
    neutralizePaths: row.neutralizePaths,
    exclude: row.exclude && toExcludeDto(row.exclude),
    onUnreadableFile: row.onUnreadableFile,
    allowUnneutralized: row.allowUnneutralized,
    beforeCutover: row.beforeCutover && toHookView(row.beforeCutover),
    afterCutover: row.afterCutover && toHookView(row.afterCutover),
    provisionedFrom: row.provisionedFrom,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function toExcludeDto({ tables, rowsOf, paths }: Exclusion): Required<Exclude> {
  return { tables: [...tables], rowsOf: [...rowsOf], paths: [...paths] };
}

/** As it is stored: null where nothing is left out. */
export function toExclusion({ tables = [], rowsOf = [], paths = [] }: Exclude): Exclusion | null {
  const exclusion = { tables, rowsOf, paths };
  return excludesNothing(exclusion) ? null : exclusion;
}
