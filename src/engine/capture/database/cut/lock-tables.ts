import type pg from 'pg';
import { qualifiedName } from '../../../postgres/sql/quote.js';
import { inTurns } from '../../../concurrency/turns.js';
import type { LockedRelation } from '../tables/inventory.js';

/** Names in one statement: enough that thousands of tables take moments, few enough for a readable log of the server. */
const NAMES_A_STATEMENT = 200;
/** Looking for a lock among all of them takes as long as there are locks, so not too often. */
const LOCKS_A_LOOK = 10_000;

/**
 * Locks the tables, in the client's transaction, against everything that would change their definition or rewrite
 * them; reading and writing rows go on. Waits no longer than the session's `lock_timeout` for each of them.
 *
 * Resolves with the first table that is not what it was at the cut (rewritten, replaced by another one under its
 * name): what was cut off since would be missing, and what was rewritten would seem to be all new. null when all are.
 * Only from here on is a table safe from that. Rejects as the server does, also when a table is gone.
 */
export async function lockTables<T extends LockedRelation>(
  client: pg.ClientBase,
  tables: readonly T[],
): Promise<T | null> {
  for await (const some of inTurns(tables, NAMES_A_STATEMENT)) {
    const names = some.map((table) => `ONLY ${qualifiedName(table)}`);
    await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
  }
  for await (const some of inTurns(tables, LOCKS_A_LOOK)) {
    const changed = await firstChanged(client, some);
    if (changed !== undefined) return some.find(({ oid }) => oid === changed) ?? null;
  }
  return null;
}

async function firstChanged(client: pg.ClientBase, tables: readonly LockedRelation[]): Promise<number | undefined> {
  // NOT IN is worked out once for all; joined, the server takes the locks for few and compares each with each.
  const { rows } = await client.query<{ oid: number }>(
    `SELECT cut.oid
     FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]),
                     pg_catalog.unnest($3::pg_catalog.text[])) AS cut (oid, filenode, name)
     WHERE cut.oid NOT IN (
         SELECT l.relation FROM pg_catalog.pg_locks l
         WHERE l.relation IS NOT NULL AND l.locktype = 'relation' AND l.granted
           AND l.pid = pg_catalog.pg_backend_pid() AND l.mode = 'AccessShareLock'
           AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
       OR pg_catalog.to_regclass(cut.name)::pg_catalog.oid IS DISTINCT FROM cut.oid
       OR cut.filenode IS NOT NULL AND pg_catalog.pg_relation_filenode(cut.oid) IS DISTINCT FROM cut.filenode
     LIMIT 1`,
    [tables.map(({ oid }) => oid), tables.map(({ filenode }) => filenode ?? null), tables.map(qualifiedName)],
  );
  return rows[0]?.oid;
}
