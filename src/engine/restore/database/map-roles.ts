import { quoteIdentifier } from '../../postgres/quote.js';

/** A name as `pg_dump` writes it: bare where that is safe, otherwise quoted. `PUBLIC` is not one. */
const NAME = String.raw`(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)`;

/**
 * The statements that name roles in what `pg_restore` prints for privileges and policies, which is one to a line but for what
 * follows a policy's roles. The first group stays, the second are names with commas between.
 */
const STATEMENTS = [
  String.raw`((?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES)\b.* (?:TO|FROM) )(${NAME})(?=(?: WITH GRANT OPTION)?(?: GRANTED BY ${NAME})?;$)`,
  String.raw`(ALTER DEFAULT PRIVILEGES FOR ROLE )(${NAME})(?= )`,
  String.raw`(SET SESSION AUTHORIZATION )(${NAME})(?=;$)`,
  String.raw`(CREATE POLICY ${NAME} ON (?:${NAME}\.)?${NAME}(?: AS RESTRICTIVE)?(?: FOR [A-Z]+)? TO )(${NAME}(?:, ${NAME})*)`,
].map((statement) => new RegExp(`^${statement}`, 'gm'));

/**
 * Privileges and policies, as SQL, with other roles in them. `map` is asked for each role that is named and gives the one to
 * name instead. What is not recognised stays as it is, and PostgreSQL has the last word about it.
 */
export function mapRoles(sql: string, map: (role: string) => string): string {
  const mapped = (name: string): string => {
    const role = unquoted(name);
    const other = map(role);
    return other === role ? name : quoteIdentifier(other);
  };
  const names = new RegExp(NAME, 'g');
  return STATEMENTS.reduce(
    (text, statement) =>
      text.replace(statement, (_, before: string, roles: string) => before + roles.replaceAll(names, mapped)),
    sql,
  );
}

/** All roles that `mapRoles` would ask for. */
export function rolesIn(sql: string): Set<string> {
  const roles = new Set<string>();
  mapRoles(sql, (role) => {
    roles.add(role);
    return role;
  });
  return roles;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
