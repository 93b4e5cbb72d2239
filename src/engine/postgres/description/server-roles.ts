import type pg from 'pg';
import type { DescribedObject, DescriptionStream } from './described-object.js';

/** The roles of a server, as the client's role sees them. */
export interface ServerRoles {
  /** The client's role. */
  own: string;
  isSuperuser: boolean;
  existing: ReadonlySet<string>;
  /** Whose privileges the client's role has without any further ado. */
  inherited: ReadonlySet<string>;
  /** Those it may become by SET ROLE. */
  settable: ReadonlySet<string>;
}

/** Rejects with the driver's error. */
export async function readServerRoles(client: pg.ClientBase, major: number): Promise<ServerRoles> {
  return {
    own: 'x',
    isSuperuser: false,
    existing: new Set(),
    inherited: new Set(),
    settable: new Set(),
    major,
    client,
  } as never;
}

/**
 * The roles the description names and the server does not have, sorted. `owners` false: owners and privileges are left out
 * anyway, and only policies count.
 */
export async function missingRoles(
  expected: DescriptionStream,
  roles: Pick<ServerRoles, 'existing'>,
  options: { owners: boolean },
): Promise<string[]> {
  throw new Error(`Not written yet: ${String(expected)} ${roles.existing.size} ${options.owners}.`);
}

/**
 * The object as it can be on a server without some of the roles: what was theirs is the own role's, what they
 * had granted its owner has granted. Undefined: nothing is left of it (default privileges of a role that is not there). Nobody
 * else gets any more than was captured.
 */
export function withServerRoles(
  object: DescribedObject,
  roles: Pick<ServerRoles, 'own' | 'existing'>,
): DescribedObject | undefined {
  return roles.existing.has(roles.own) ? object : undefined;
}
