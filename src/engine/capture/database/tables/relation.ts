import { quoteIdentifier } from '../../../postgres/sql/quote.js';

/** The name of a table, sequence or view. */
export interface Relation {
  schema: string;
  name: string;
}

/** As SQL. */
export function quoteRelation({ schema, name }: Relation): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** As people read it. */
export function displayRelation({ schema, name }: Relation): string {
  return `"${schema}"."${name}"`;
}
