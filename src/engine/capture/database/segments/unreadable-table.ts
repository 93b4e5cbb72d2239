import { EngineError } from '../../../engine-error.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { isRefusal, saysRelationGone, toEngineError } from '../../../postgres/connection/postgres-errors.js';
import { type Relation } from '../tables/relation.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

/** The same failure in words that name the table, where the server failed to read it; anything else as it is. */
export function unreadable(error: unknown, table: Relation, address: DatabaseAddress): unknown {
  if (!isRefusal(error)) return error;
  // With a context it is something that a function names, and not the table.
  if (saysRelationGone(error) && error.where === undefined) return renamed(error, table);
  const inner = toEngineError(error, address);
  return new EngineError(inner.code, `The table ${qualifiedName(table)} could not be read. ${inner.message}`, {
    cause: error,
  });
}

/** Our locks keep the tables themselves from being renamed or dropped, and not the schemas they are in. */
export function renamed(error: Error, table?: Relation): EngineError {
  const schema = table ? `The schema of the table ${qualifiedName(table)}` : 'A schema';
  return new EngineError(
    'schema-changed',
    `${schema} was renamed while the snapshot was taken; take it again. PostgreSQL says: ${error.message}`,
    { cause: error },
  );
}
