import { quoteIdentifier } from './quote.js';

/** What `digestStatement` answers, in one row. */
export interface RowsDigest {
  /** How many rows, decimal. */
  rows: string;
  /** The sum of a hash of each row, decimal, of either sign; `0` of no rows. */
  digest: string;
}

/**
 * A statement whose one row is a `RowsDigest` of the rows of one table (without those that inherit from it) or
 * materialised view: whatever their order, equal rows make equal digests, and a row more, less or different makes another
 * one. Digests of disjoint parts add up to that of the whole: see `addDigests`. The columns count, in this order;
 * generated ones may be among them. `where` is a WHERE clause, or nothing.
 *
 * Run it under `READING_SETTINGS`, which pin the text of values. A row's text is PostgreSQL's text of a record, in which
 * values are quoted where they have to be, so that no two rows share one. The hash is the one by which the server divides
 * hash partitions, 64 bits: it costs a third of MD5, and is the same on every server that stores integers in the same byte order.
 */
export function digestStatement(
  { schema, name, columns }: { schema: string; name: string; columns: readonly string[] },
  where = '',
): string {
  const row = `ROW(${columns.map(quoteIdentifier).join(', ')})::pg_catalog.text COLLATE pg_catalog."C"`;
  return (
    `SELECT pg_catalog.count(*)::pg_catalog.text AS rows,` +
    ` coalesce(pg_catalog.sum(pg_catalog.hashtextextended(${row}, 0)), 0)::pg_catalog.text AS digest` +
    ` FROM ONLY ${quoteIdentifier(schema)}.${quoteIdentifier(name)} ${where}`
  );
}

/** The digest of the rows that two digests are of, which have no row in common. */
export function addDigests(one: string, other: string): string {
  return String(BigInt(one) + BigInt(other));
}

/** The same where one may not be known; then nor is the sum. */
export function addIfKnown(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || other === undefined ? undefined : addDigests(one, other);
}

/** For `digestStatement`: the rows that do not meet an extension's condition, also those for which nobody can say. */
export function outsideCondition(condition: string): string {
  // The line break ends a comment at the condition's end.
  return `WHERE (${condition}\n) IS NOT TRUE`;
}
