import { quoteIdentifier } from '../../postgres/quote.js';

/** A name as `pg_dump` writes it: bare where that is safe, otherwise quoted. `PUBLIC` is not one. */
const NAME = String.raw`(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)`;

/** A comment, or a statement with the space before it. What stands between quotes is part of it, whatever it looks like. */
const PIECE = /--[^\n]*|(?:[^;'"-]+|'[^']*'|"[^"]*"|-(?!-))+;?|['";]/g;

/**
 * The statements that name roles in what `pg_restore` prints for privileges and policies. The first group stays, the second are
 * names with commas between.
 */
const STATEMENTS = [
  String.raw`((?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES)\b.* (?:TO|FROM) )(${NAME})(?=(?: WITH GRANT OPTION)?(?: GRANTED BY ${NAME})?;$)`,
  String.raw`(SET SESSION AUTHORIZATION )(${NAME})(?=;$)`,
  String.raw`(CREATE POLICY ${NAME} ON (?:${NAME}\.)?${NAME}(?: AS RESTRICTIVE)?(?: FOR [A-Z]+)? TO )(${NAME}(?:, ${NAME})*)`,
].map((statement) => new RegExp(`^${statement}`, 's'));

/** Of what one role makes from now on. */
const DEFAULT_PRIVILEGES = new RegExp(String.raw`^ALTER DEFAULT PRIVILEGES FOR ROLE (${NAME}) .*;$`, 's');

/**
 * Privileges and policies, as SQL, with other roles in them. `map` is asked for each role that is named and gives the one to
 * name instead. What is not recognised stays as it is, and PostgreSQL has the last word about it.
 *
 * One thing does not pass on to another role: who may do something with whatever it makes in future. It makes other things than
 * the role that decided so, and they would be open to whom nobody ever gave them.
 */
export function mapRoles(sql: string, map: (role: string) => string): string {
  const mapped = (name: string): string => {
    const role = unquoted(name);
    const other = map(role);
    return other === role ? name : quoteIdentifier(other);
  };
  return sql.replaceAll(PIECE, (piece) => {
    const statement = piece.trimStart();
    return piece.slice(0, piece.length - statement.length) + mapStatement(statement, mapped);
  });
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

function mapStatement(statement: string, mapped: (name: string) => string): string {
  const maker = DEFAULT_PRIVILEGES.exec(statement)?.[1];
  if (maker !== undefined && mapped(maker) !== maker) return '';
  const names = new RegExp(NAME, 'g');
  return STATEMENTS.reduce(
    (text, form) => text.replace(form, (_, before: string, roles: string) => before + roles.replaceAll(names, mapped)),
    statement,
  );
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
