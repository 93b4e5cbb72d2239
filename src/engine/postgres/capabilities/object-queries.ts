import type pg from 'pg';
import { MARKER_SCHEMA } from '../cut/cut-moment.js';
import { MOST_JUDGED, MOST_NAMES, type Named, type NeededBy } from './requirements.js';

/** What a server has from its beginning has lower numbers. */
const FIRST_OWN_OID = 16384;

/*
 * Planners know little of catalogues that were filled a moment ago, and a join that is chosen for a hundred rows takes minutes
 * for a hundred thousand. `NOT IN` over a query of its own is hashed once, whatever they think.
 */

/** Of the object in this row: somebody made it in this database, and not as a part of an extension. */
export function isOwn(alias: string, catalogue: string): string {
  // Their numbers are whatever somebody gives them, and there are none from the beginning.
  if (catalogue === 'pg_largeobject_metadata') return 'true';
  return `${alias}.oid >= ${FIRST_OWN_OID} AND ${isNoMember(alias, catalogue)}`;
}

export function isNoMember(alias: string, catalogue: string): string {
  return dependsNot(alias, catalogue, 'e');
}

/** Not a part of something else, like the functions of a range type. */
export function isNoPart(alias: string, catalogue: string): string {
  return dependsNot(alias, catalogue, 'i');
}

/** Of the type in this row: not the array of another one. */
export function isNoArray(alias: string): string {
  return `${alias}.oid NOT IN (SELECT e.typarray FROM pg_catalog.pg_type e)`;
}

function dependsNot(alias: string, catalogue: string, kind: 'e' | 'i'): string {
  return `${alias}.oid NOT IN (SELECT m.objid FROM pg_catalog.pg_depend m
            WHERE m.classid = 'pg_catalog.${catalogue}'::pg_catalog.regclass AND m.deptype = '${kind}')`;
}

/** Of the schema in this row: what is in it is captured. */
export function isCaptured(alias: string): string {
  return `${alias}.nspname !~ '^pg_(temp|toast)' AND ${alias}.nspname <> '${MARKER_SCHEMA}'`;
}

/** `query` has one column, `name`. */
export async function named(client: pg.ClientBase, query: string): Promise<Named> {
  const { rows } = await client.query<{ count: number; names: string[] | null }>(
    `WITH found (name) AS (${query})
     SELECT (SELECT pg_catalog.count(*) FROM found)::pg_catalog.int4 AS count,
            ARRAY(SELECT name::pg_catalog.text COLLATE "C" FROM found ORDER BY 1 LIMIT ${MOST_NAMES}) AS names`,
  );
  const { count, names } = rows[0]!;
  return { count, names: names ?? [] };
}

/** `query` has the columns `needed` (null where nothing is), `count` and `thing`, one of them. Sorted by what is needed. */
export async function neededBy(client: pg.ClientBase, query: string): Promise<NeededBy[]> {
  const { rows } = await client.query<NeededBy>(
    `WITH found (needed, count, thing) AS (${query})
     SELECT needed::pg_catalog.text AS name, pg_catalog.sum(count)::pg_catalog.int4 AS count,
            pg_catalog.min(thing::pg_catalog.text COLLATE "C") AS example
     FROM found WHERE needed IS NOT NULL GROUP BY 1 ORDER BY needed::pg_catalog.text COLLATE "C" LIMIT ${MOST_JUDGED}`,
  );
  return rows;
}
