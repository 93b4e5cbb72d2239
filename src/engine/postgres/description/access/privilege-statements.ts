import { quoteIdentifier } from '../../sql/quote.js';
import type { Privilege } from '../described-object.js';
import { type PrivilegeChanges, privilegeKey } from '../privileges.js';

export interface PrivilegeStatement {
  sql: string;
  /** Who grants or takes back. */
  grantor: string;
  isGrant: boolean;
  privileges: readonly Privilege[];
}

/**
 * One statement for whatever is granted by one role to another one. `on` as in `grantTarget`. What the owner takes
 * back comes first, in the reverse order of granting; then what it grants; then what was passed on.
 */
export function privilegeStatements(
  { revoke, grant }: PrivilegeChanges,
  present: readonly Privilege[],
  wanted: readonly Privilege[],
  target: { owner: string; on: string; column?: string },
): PrivilegeStatement[] {
  const wants = new Set(wanted.map(privilegeKey));
  const revokes = grouped(revoke.toReversed(), (privilege) => (wants.has(privilegeKey(privilege)) ? 'option' : 'all'));
  const grants = grouped(inGrantingOrder(grant, present, target.owner), ({ grantable }) => String(grantable));
  const column = target.column === undefined ? '' : ` (${quoteIdentifier(target.column)})`;
  const list = (privileges: readonly Privilege[]) => privileges.map(({ privilege }) => privilege + column).join(', ');
  return [
    ...revokes.map(({ privileges, trait }) => {
      const { grantor, grantee } = privileges[0]!;
      const option = trait === 'option' ? 'GRANT OPTION FOR ' : '';
      const sql = `REVOKE ${option}${list(privileges)} ON ${target.on} FROM ${roleSql(grantee)} CASCADE`;
      return { sql, grantor, isGrant: false, privileges };
    }),
    ...grants.map(({ privileges, trait }) => {
      const { grantor, grantee } = privileges[0]!;
      const option = trait === 'true' ? ' WITH GRANT OPTION' : '';
      const sql = `GRANT ${list(privileges)} ON ${target.on} TO ${roleSql(grantee)}${option}`;
      return { sql, grantor, isGrant: true, privileges };
    }),
  ];
}

export function roleSql(role: string | null): string {
  return role === null ? 'PUBLIC' : quoteIdentifier(role);
}

/** Neighbours of the same grantor, grantee and trait together. */
function grouped(
  privileges: readonly Privilege[],
  traitOf: (privilege: Privilege) => string,
): { privileges: Privilege[]; trait: string }[] {
  const groups: { privileges: Privilege[]; trait: string }[] = [];
  for (const privilege of privileges) {
    const last = groups.at(-1);
    const { grantor, grantee } = last?.privileges[0] ?? {};
    const trait = traitOf(privilege);
    if (last && last.trait === trait && grantor === privilege.grantor && grantee === privilege.grantee) {
      last.privileges.push(privilege);
    } else groups.push({ privileges: [privilege], trait });
  }
  return groups;
}

/** Nobody passes on what it was not given before. */
function inGrantingOrder(grant: readonly Privilege[], present: readonly Privilege[], owner: string): Privilege[] {
  const may = new Set(
    present.filter(({ grantable }) => grantable).map(({ grantee, privilege }) => key(grantee, privilege)),
  );
  const ordered: Privilege[] = [];
  let waiting = [...grant];
  while (waiting.length > 0) {
    const ready = waiting.filter(({ grantor, privilege }) => grantor === owner || may.has(key(grantor, privilege)));
    // Whoever granted these lost the right to; they are tried last.
    const next = ready.length > 0 ? ready : waiting;
    for (const { grantable, grantee, privilege } of next) if (grantable) may.add(key(grantee, privilege));
    ordered.push(...next);
    waiting = waiting.filter((privilege) => !next.includes(privilege));
  }
  return ordered;
}

function key(role: string | null, privilege: string): string {
  return JSON.stringify([role, privilege]);
}
