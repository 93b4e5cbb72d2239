import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../../postgres/sql/quote.js';
import type { SurveyedTable } from './database-survey.js';

/** A table whose rows are put in or read, or the root that has them with others. */
export type CopiedTable = Pick<SurveyedTable, 'schema' | 'name' | 'columns' | 'condition'> & { isRoot?: boolean };

/**
 * Takes a segment. The encoding is said here and not by `client_encoding`, which would also be the encoding
 * of this statement, and the driver only speaks UTF-8. FREEZE, possible only where one connection loads all of a table, saved
 * about 5 % of the server's work with a table and its first index: not enough to empty the table for it.
 */
export function copyInSql(table: CopiedTable, encoding: string): string {
  return `COPY ${qualifiedName(table)}${columnsOf(table)} FROM STDIN WITH (ENCODING ${quoteLiteral(encoding)})`;
}

/**
 * The columns as a `COPY` into the table names them. Without a list PostgreSQL takes every column that is not generated: for a
 * table without such columns, none.
 */
export function columnsOf(table: Pick<CopiedTable, 'columns'>): string {
  return table.columns.length === 0 ? '' : ` (${selectedColumns(table)})`;
}

/** Reads the same rows, in the same columns and encoding, as the capture did. */
export function copyOutSql(table: CopiedTable, encoding: string): string {
  return copyQueryOutSql(`SELECT ${selectedColumns(table)} FROM ${rowsOf(table)}`, encoding);
}

/** The same of whatever a query reads. */
export function copyQueryOutSql(query: string, encoding: string): string {
  return `COPY (${query}) TO STDOUT WITH (ENCODING ${quoteLiteral(encoding)})`;
}

export function countSql(table: CopiedTable): string {
  return `SELECT count(*) AS rows FROM ${rowsOf(table)}`;
}

/** A root has no rows of its own. */
function rowsOf(table: CopiedTable): string {
  return `${table.isRoot ? '' : 'ONLY '}${qualifiedName(table)}${where(table)}`;
}

/** Other rows of an extension's configuration table come from CREATE EXTENSION and are not the snapshot's. */
function where(table: CopiedTable): string {
  return table.condition ? ` WHERE ${table.condition}` : '';
}

/** A list that may be empty. */
export function selectedColumns(table: Pick<CopiedTable, 'columns'>): string {
  return table.columns.map(quoteIdentifier).join(', ');
}
