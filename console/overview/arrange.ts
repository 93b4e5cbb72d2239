import type { EnvironmentProtection, EnvironmentType, ProtectionState } from '../../sdk/typescript/index.js';
import { hasAll, nameOf, wordsOf } from '../protection/search.js';

/** What matters most, first. */
const TYPES: readonly EnvironmentType[] = ['production', 'staging', 'development'];
const STATES: readonly ProtectionState[] = ['unprotected', 'late', 'paused', 'unscheduled', 'protected'];

export interface Wanted {
  text: string;
  state: string | undefined;
  projectId: string | undefined;
}

export interface Project {
  id: string;
  name: string;
  /** Of those that are wanted; production first. */
  environments: readonly EnvironmentProtection[];
}

/**
 * Projects with what of them is wanted. Those with an environment that needs somebody come first: `environments` are in that order, as the
 * service lists them.
 */
export function arrange(environments: readonly EnvironmentProtection[], { text, state, projectId }: Wanted): Project[] {
  const words = wordsOf(text);
  const wanted = environments.filter(
    (one) =>
      (state === undefined || one.state === state) &&
      (projectId === undefined || one.projectId === projectId) &&
      hasAll(words, `${nameOf(one)} ${one.environmentType}`),
  );
  return [...Map.groupBy(wanted, ({ projectId }) => projectId)].map(([id, own]) => ({
    id,
    name: own[0]?.projectName ?? '',
    environments: own.toSorted(byType),
  }));
}

function byType(one: EnvironmentProtection, other: EnvironmentProtection): number {
  return (
    TYPES.indexOf(one.environmentType) - TYPES.indexOf(other.environmentType) ||
    STATES.indexOf(one.state) - STATES.indexOf(other.state) ||
    one.environmentName.localeCompare(other.environmentName)
  );
}

/** A line of the list: the name of a project, or one of its environments. */
export type Line =
  | { kind: 'project'; key: string; project: Project }
  | { kind: 'environment'; key: string; environment: EnvironmentProtection };

export function linesOf(projects: readonly Project[]): Line[] {
  return projects.flatMap((project): Line[] => [
    { kind: 'project', key: project.id, project },
    ...project.environments.map((environment): Line => ({
      kind: 'environment',
      key: environment.environmentId,
      environment,
    })),
  ]);
}
