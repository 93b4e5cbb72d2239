import type pg from 'pg';
import type { DescribedObject, DescriptionStream, Privilege } from './described-object.js';
import { mapPrivileges } from './privileges.js';

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

/** Since when membership is one thing and SET ROLE another. */
const SET_OPTION_SINCE = 16;

/** Rejects with the driver's error. */
export async function readServerRoles(client: pg.ClientBase, major: number): Promise<ServerRoles> {
  const set = major >= SET_OPTION_SINCE ? 'SET' : 'MEMBER';
  const { rows } = await client.query<{ name: string; own: boolean; super: boolean; usage: boolean; set: boolean }>(
    `SELECT rolname::text AS name, rolname = CURRENT_USER AS own, rolsuper AS super,
            pg_catalog.pg_has_role(oid, 'USAGE') AS usage, pg_catalog.pg_has_role(oid, '${set}') AS set
       FROM pg_catalog.pg_roles`,
  );
  const own = rows.find((row) => row.own)!;
  const names = (which: 'usage' | 'set') => new Set(rows.filter((row) => row[which]).map(({ name }) => name));
  return {
    own: own.name,
    isSuperuser: own.super,
    existing: new Set(rows.map(({ name }) => name)),
    inherited: names('usage'),
    settable: names('set'),
  };
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
  const missing = new Set<string>();
  for await (const batch of expected) {
    for (const object of batch) {
      for (const role of rolesIn(object, options)) if (!roles.existing.has(role)) missing.add(role);
    }
  }
  return [...missing].toSorted();
}

function* rolesIn(object: DescribedObject, options: { owners: boolean }): Generator<string> {
  if (object.kind === 'policy') yield* policyRoles(object);
  if (!options.owners) return;
  if (object.owner !== undefined) yield object.owner;
  if (object.kind === 'default privileges') yield String(object.definition['role']);
  for (const { grantor, grantee } of [
    object.privileges ?? [],
    Object.values(object.columnPrivileges ?? {}).flat(),
  ].flat()) {
    yield grantor;
    if (grantee !== null) yield grantee;
  }
}

/** The roles a policy is for; none where it is for everybody. */
export function policyRoles({ definition }: DescribedObject): string[] {
  const { roles } = definition;
  return Array.isArray(roles) ? roles.map(String) : [];
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
  if (![...rolesIn(object, { owners: true })].some((role) => !roles.existing.has(role))) return object;
  const mapped = (role: string) => (roles.existing.has(role) ? role : roles.own);
  const { owner, privileges, columnPrivileges, builtIn, definition } = object;
  if (object.kind === 'policy') {
    const all = new Set(policyRoles(object).map(mapped));
    return all.size === 0 ? object : { ...object, definition: { ...definition, roles: [...all].toSorted() } };
  }
  const maker = object.kind === 'default privileges' ? String(definition['role']) : undefined;
  if (maker !== undefined && !roles.existing.has(maker)) return undefined;
  const giver = maker ?? mapped(owner ?? roles.own);
  const grantors = (role: string) => (roles.existing.has(role) ? role : giver);
  const all = (some: readonly Privilege[]) => mapPrivileges(some, mapped, grantors);
  const byColumn = (some: Readonly<Record<string, readonly Privilege[]>>) =>
    Object.fromEntries(Object.entries(some).map(([column, ofColumn]) => [column, all(ofColumn)]));
  return {
    ...object,
    ...(owner !== undefined && { owner: mapped(owner) }),
    ...(privileges && { privileges: all(privileges) }),
    ...(columnPrivileges && { columnPrivileges: byColumn(columnPrivileges) }),
    ...(builtIn && {
      builtIn: {
        ...(builtIn.privileges && { privileges: all(builtIn.privileges) }),
        ...(builtIn.columnPrivileges && { columnPrivileges: byColumn(builtIn.columnPrivileges) }),
      },
    }),
  };
}
