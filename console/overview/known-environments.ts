import type { EnvironmentProtection } from '../../sdk/typescript/index.js';
import type { Names } from '../api/names.js';

/** Environments by their ids: operations name them by those alone. */
export type KnownEnvironments = ReadonlyMap<string, EnvironmentProtection>;

export function namesOf(known: KnownEnvironments): Names {
  return {
    environments: new Map([...known].map(([id, { environmentName }]) => [id, environmentName])),
    projects: new Map([...known.values()].map(({ projectId, projectName }) => [projectId, projectName])),
  };
}
