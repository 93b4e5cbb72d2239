/** What is left out of an environment's snapshots. */
export interface Exclusion {
  /** Patterns of tables that are no part of a snapshot at all. */
  tables: readonly string[];
  /** Patterns of tables whose definition is, and whose rows are not. */
  rowsOf: readonly string[];
  /** Patterns of paths, as `PathRules` takes them. */
  paths: readonly string[];
}

export const NOTHING_EXCLUDED: Exclusion = { tables: [], rowsOf: [], paths: [] };

export function excludesNothing({ tables, rowsOf, paths }: Exclusion): boolean {
  return tables.length + rowsOf.length + paths.length === 0;
}
