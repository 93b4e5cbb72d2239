import type pg from 'pg';
import { isServerError, sqlState } from '../../../postgres/connection/postgres-errors.js';
import { searchPathValue, setPath } from '../../../postgres/sql/search-path.js';
import { inTurns } from '../../../concurrency/turns.js';
import type { CapturedTable } from './inventory.js';
import type { Relation } from './relation.js';
import { selectStatement } from '../segments/segment-statements.js';
import { FIRST_OWN_OID } from '../shapes/type-closure.js';

/**
 * How a table is read that cannot be read as all others are: `search-path`, with names looked for where the role itself
 * finds them; `in-one-piece`, by the one kind of COPY for which nothing is planned, which knows no ranges.
 */
export interface ReadingWay {
  way: 'search-path' | 'in-one-piece';
  /** What the server says to the ordinary one. */
  reason: string;
}

const TABLES_A_STATEMENT = 5_000;

/** Classes of errors that say nothing about the statement: of connections, resources, locks, the server and its disk. */
const NOT_OF_PLANNING = /^(08|40|53|55|57|58)/;

/**
 * The tables that cannot be read as others are, by oid. A range is read by a query. Planning one works out what the
 * table's indexes and statistics are made of, down into the bodies of functions, and these may name things without their
 * schema, which are not found under an empty path, or fail in another way. So it is tried, for those tables that have
 * something of the kind. `openTypes` are the tables whose text might depend on the path, which are not read under another.
 *
 * The client is in a transaction, which goes on. Rejects as the server does for what is not a matter of planning.
 */
export async function findReadingWays(
  client: pg.ClientBase,
  tables: readonly CapturedTable[],
  searchPath: readonly string[],
  openTypes: ReadonlySet<number>,
): Promise<Map<number, ReadingWay>> {
  const ways = new Map<number, ReadingWay>();
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  for await (const some of inTurns([...byOid.keys()], TABLES_A_STATEMENT)) {
    for (const oid of await readSuspects(client, some)) {
      const reason = await whyNotPlanned(client, byOid.get(oid)!, '');
      if (reason === undefined) continue;
      const other = openTypes.has(oid) || (await whyNotPlanned(client, byOid.get(oid)!, searchPathValue(searchPath)));
      ways.set(oid, { way: other ? 'in-one-piece' : 'search-path', reason });
    }
  }
  return ways;
}

/**
 * Tables whose planning evaluates something that is not PostgreSQL's own: an expression or a predicate of an index, or an
 * expression of a statistics object, that depends on a function, operator or type somebody made.
 */
async function readSuspects(client: pg.ClientBase, tables: readonly number[]): Promise<number[]> {
  const { rows } = await client.query<{ oid: number }>(
    `SELECT c.oid FROM pg_catalog.pg_class c
     WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND (
       EXISTS (SELECT FROM pg_catalog.pg_index i
               WHERE i.indrelid = c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
                 AND ${usesSomebodys('pg_catalog.pg_class', 'i.indexrelid')})
       OR EXISTS (SELECT FROM pg_catalog.pg_statistic_ext s
                  WHERE s.stxrelid = c.oid AND ${usesSomebodys('pg_catalog.pg_statistic_ext', 's.oid')}))
     ORDER BY c.oid`,
    [tables],
  );
  return rows.map(({ oid }) => oid);
}

function usesSomebodys(catalogue: string, object: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = '${catalogue}'::pg_catalog.regclass AND d.objid = ${object} AND d.refobjid >= ${FIRST_OWN_OID}
      AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
                           'pg_catalog.pg_type'::pg_catalog.regclass))`;
}

async function whyNotPlanned(client: pg.ClientBase, table: Relation, path: string): Promise<string | undefined> {
  await client.query('SAVEPOINT planning');
  try {
    await setPath(client, path);
    await client.query(`EXPLAIN ${selectStatement(table)}`);
    return undefined;
  } catch (error) {
    if (!isServerError(error) || NOT_OF_PLANNING.test(sqlState(error)!)) throw error;
    return error.message;
  } finally {
    // Also takes the path back. Whatever is wrong with the connection, the error above has said it.
    await client.query('ROLLBACK TO SAVEPOINT planning; RELEASE SAVEPOINT planning').catch(() => undefined);
  }
}

/** The way's warning, for a table that has one. */
export function readingWarning(name: string, { way, reason }: ReadingWay, searchPath: readonly string[]) {
  const how =
    way === 'search-path'
      ? `It was read under the search_path of the role (${searchPathValue(searchPath)})`
      : 'It was read in one piece';
  return {
    code: 'search-path-needed',
    message: `The table ${name} has an index or statistics with an expression that does not work under an empty search_path: ${reason}. ${how}; write the schema into the functions that the expression uses.`,
  };
}
