import type { DescriptionStream, ObjectKind } from './described-object.js';
import type { ServerRoles } from './server-roles.js';

export type DifferenceAspect =
  | 'missing'
  | 'unexpected'
  | 'definition'
  | 'owner'
  | 'privileges'
  | 'comment'
  | 'version'
  | 'extension-member';

export interface Difference {
  kind: ObjectKind;
  /** As in `DescribedObject`. */
  name: string;
  /** `extension-member`: the definition of one, where the extension has the captured version. */
  aspect: DifferenceAspect;
  /** A sentence for people: what it is and what it was, shortened. Never has the value of an option that may be a secret. */
  detail: string;
}

export interface CompareOptions {
  /** The server's on which each was described; of different ones only what can be compared is. */
  majors: { expected: number; found: number };
  /** False for a copy that belongs to somebody else. */
  ownersAndPrivileges: boolean;
  /** Of the server of what was found: captured roles it does not have are taken for the own one. */
  roles: Pick<ServerRoles, 'own' | 'existing'>;
  /** Not compared, such as subscriptions in a copy that takes part in nothing. */
  leaveOut?: readonly ObjectKind[];
  /** How many differences are listed at most; all are counted. Default `LISTED_DIFFERENCES`. */
  limit?: number;
}

export interface Comparison {
  /** The first ones, in the description's order. */
  differences: Difference[];
  /** Of all. */
  total: number;
}

export const LISTED_DIFFERENCES = 200;

/**
 * What is not as it was expected. Reads both side by side, and holds on to no more than a batch of each. Rejects with what
 * reading them throws.
 */
export async function compareDescriptions(
  expected: DescriptionStream,
  found: DescriptionStream,
  options: CompareOptions,
): Promise<Comparison> {
  throw new Error(`Not written yet: ${String(expected)} ${String(found)} ${String(options)}.`);
}

/** For a rollback's warnings: names the first twenty and counts the rest; undefined when there is none. */
export function definitionsDiffer(comparison: Comparison): { code: 'definitions-differ'; message: string } | undefined {
  return comparison.total === 0 ? undefined : { code: 'definitions-differ', message: '' };
}
