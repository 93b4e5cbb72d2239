import type pg from 'pg';
import { kindSql, type KindQuery } from './catalogue/kind-query.js';
import { operatorQueries } from './catalogue/operator-queries.js';
import { relationQueries } from './catalogue/relation-queries.js';
import { routineQueries } from './catalogue/routine-queries.js';
import { accessQueries, replicationQueries, schemaQueries } from './catalogue/schema-queries.js';
import { tablePartQueries } from './catalogue/table-part-queries.js';
import { textQueries } from './catalogue/text-queries.js';
import { typeQueries } from './catalogue/type-queries.js';
import { type DescribedObject, KINDS, type ObjectKind } from './described-object.js';

export interface DescribeOptions {
  /** The server's major version. */
  major: number;
  /** Only these; default all. */
  kinds?: readonly ObjectKind[];
  /** `access` leaves `definition` empty and comments and labels out: only who owns and may do what. Default `all`. */
  content?: 'all' | 'access';
  /** Not these: oids by the catalogue they are in. */
  without?: ReadonlyMap<string, readonly number[]>;
  /** Only members of extensions. */
  membersOnly?: boolean;
  /** The client is in no transaction, or in several one after the other while the description is read. */
  acrossTransactions?: boolean;
}

/** Objects that are fetched at a time: a wide table takes some hundred kilobytes. */
const BATCH = 200;

let cursors = 0;

/**
 * Everything in the database that `pg_dump` would carry and, of members of extensions and of what came with the
 * server, what it would not. The client has `READING_SETTINGS`' empty `search_path` and is in a transaction (see
 * `acrossTransactions`), whose snapshot is what is described as far as PostgreSQL's own functions that print definitions
 * follow it. Other statements may be sent on the client between two batches. Memory does not grow with the database. Rejects
 * with the driver's error.
 */
export async function* describeDatabase(
  client: pg.ClientBase,
  options: DescribeOptions,
): AsyncGenerator<DescribedObject[]> {
  const { kinds = KINDS, content = 'all', membersOnly = false, acrossTransactions = false, without } = options;
  const { rows } = await client.query<{ encoding: string; labels: boolean }>(
    `SELECT pg_catalog.pg_encoding_to_char(encoding)::text AS encoding, EXISTS (SELECT FROM pg_catalog.pg_seclabel) AS labels
       FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
  );
  const { encoding, labels } = rows[0]!;
  for (const query of queriesOf(options.major)) {
    if (!kinds.includes(query.kind)) continue;
    if (content === 'access' && !query.owner && !query.acl) continue;
    const sql = kindSql(
      query,
      { content, membersOnly, labels, without: without?.get(query.catalogue) ?? [] },
      encoding,
    );
    yield* fetched(client, sql, acrossTransactions);
  }
}

/** One query for each kind that the server can have, in the order of `KINDS`. */
function queriesOf(major: number): KindQuery[] {
  return [
    ...schemaQueries(),
    ...routineQueries(major),
    ...typeQueries(major),
    ...operatorQueries(),
    ...textQueries(major),
    ...relationQueries(major),
    ...tablePartQueries(),
    ...replicationQueries(major),
    ...accessQueries(),
  ].toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

async function* fetched(client: pg.ClientBase, sql: string, hold: boolean): AsyncGenerator<DescribedObject[]> {
  const cursor = `snapback_description_${(cursors += 1)}`;
  await client.query(`DECLARE ${cursor} NO SCROLL CURSOR ${hold ? 'WITH HOLD ' : ''}FOR ${sql}`);
  try {
    for (;;) {
      const { rows } = await client.query<Row>(`FETCH ${BATCH} FROM ${cursor}`);
      if (rows.length > 0) yield rows.map(toObject);
      if (rows.length < BATCH) return;
    }
  } finally {
    // In a transaction that failed, or without a connection, the cursor is gone already.
    await client.query(`CLOSE ${cursor}`).catch(() => undefined);
  }
}

type Row = { [Key in keyof DescribedObject]-?: Exclude<DescribedObject[Key], undefined> | null };

/** Without what is null, so that as little as possible is stored. */
function toObject(row: Row): DescribedObject {
  const present = Object.entries(row).filter(([, value]) => value !== null);
  return { definition: {}, ...Object.fromEntries(present) } as DescribedObject;
}
