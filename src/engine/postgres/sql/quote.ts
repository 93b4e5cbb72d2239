/**
 * The one place where names and values become SQL text, for the statements that take no parameters
 * (`CREATE DATABASE`, `ALTER DATABASE`, `GRANT`, …). Everything else passes values as parameters.
 */

/** A name as SQL: `we"ird` → `"we""ird"`. Throws on what can be no name at all: empty, or with a zero byte. */
export function quoteIdentifier(name: string): string {
  if (name === '') throw new TypeError('An empty string is not a name in SQL.');
  refuseZeroByte(name);
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table, sequence or view as SQL, and as messages name it: `"public"."order lines"`. */
export function qualifiedName({ schema, name }: { schema: string; name: string }): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/**
 * A text as SQL: `it's` → `'it''s'`. With a backslash in it the escape form is used, which means the
 * same whatever `standard_conforming_strings` says.
 */
export function quoteLiteral(text: string): string {
  refuseZeroByte(text);
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}

function refuseZeroByte(text: string): void {
  if (text.includes('\0')) throw new TypeError('PostgreSQL text cannot contain a zero byte.');
}
