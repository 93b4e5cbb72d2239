import type { DatabaseEntry } from '../../vault/manifests/manifest-database.js';
import type { DatabaseRequirements } from '../postgres/capabilities/requirements.js';
import { quoteLiteral } from '../postgres/sql/quote.js';

/** Names the roles that own something, or are named by privileges, policies and settings; sorted. Older snapshots know the owner only. */
export function neededRoles({
  properties,
  requirements,
}: Pick<DatabaseEntry, 'properties' | 'requirements'>): string[] {
  const needed = new Set<string>([properties.owner]);
  for (const { role } of properties.settings) if (role !== '') needed.add(role);
  if (requirements !== undefined) {
    const known = JSON.parse(requirements) as Partial<DatabaseRequirements>;
    const named = [known.owners, known.grantors, known.defaultPrivileges].flatMap((list) => list ?? []);
    for (const { name } of named) needed.add(unquoted(name));
    for (const name of [...(known.grantees ?? []), ...(known.policyRoles ?? [])]) needed.add(unquoted(name));
  }
  return [...needed].toSorted();
}

/** A query for those of them that a server does not have, as SQL writes them. */
export function rolesStatement(roles: readonly string[]): string {
  const values = roles.map((role) => `(${quoteLiteral(role)})`).join(', ');
  return `SELECT pg_catalog.quote_ident(role) FROM (VALUES ${values}) AS needed(role)
 WHERE role NOT IN (SELECT rolname FROM pg_catalog.pg_roles) ORDER BY 1;\n`;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
