import type pg from 'pg';
import type { DescribedObject, ObjectKind } from './described-object.js';

export interface DescribeOptions {
  /** The server's major version. */
  major: number;
  /** Only these; default all. */
  kinds?: readonly ObjectKind[];
  /** `access` leaves `definition` empty and comments and labels out: only who owns and may do what. Default `all`. */
  content?: 'all' | 'access';
  /** Only members of extensions. */
  membersOnly?: boolean;
  /** The client is in no transaction, or in several one after the other while the description is read. */
  acrossTransactions?: boolean;
}

/**
 * Everything in the database that `pg_dump` would carry and, of members of extensions and of what came with the
 * server, what it would not. The client has `READING_SETTINGS`' empty `search_path` and is in a transaction (see
 * `acrossTransactions`), whose snapshot is what is described as far as PostgreSQL's own functions that print definitions follow it.
 * Other statements may be sent on the client between two batches. Memory does not grow with the database. Rejects with the driver's error.
 */
export async function* describeDatabase(
  client: pg.ClientBase,
  options: DescribeOptions,
): AsyncGenerator<DescribedObject[]> {
  yield* [];
  throw new Error(`Not written yet: ${options.major} ${String(client)}.`);
}
