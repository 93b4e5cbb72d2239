import type pg from 'pg';
import { MARKER_SCHEMA } from '../cut-moment.js';
import { MOST_JUDGED, MOST_NAMES, type Named, type NeededBy } from './requirements.js';

/** What a server has from its beginning has lower numbers. */
const FIRST_OWN_OID = 16384;

/** Of the object in this row: somebody made it in this database, and not as a part of an extension. */
export function isOwn(alias: string, catalogue: string): string {
  // Their numbers are whatever somebody gives them, and there are none from the beginning.
  if (catalogue === 'pg_largeobject_metadata') return 'true';
  return `${alias}.oid >= ${FIRST_OWN_OID} AND NOT ${isMember(alias, catalogue)}`;
}

export function isMember(alias: string, catalogue: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_depend m WHERE m.classid = 'pg_catalog.${catalogue}'::pg_catalog.regclass
                  AND m.objid = ${alias}.oid AND m.deptype = 'e')`;
}

/** A part of something else, like the functions of a range type. */
export function isPart(alias: string, catalogue: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_depend m WHERE m.classid = 'pg_catalog.${catalogue}'::pg_catalog.regclass
                  AND m.objid = ${alias}.oid AND m.deptype = 'i')`;
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

/** `query` has the columns `needed` (null where nothing is) and `thing`. Sorted by what is needed. */
export async function neededBy(client: pg.ClientBase, query: string): Promise<NeededBy[]> {
  const { rows } = await client.query<NeededBy>(
    `WITH found (needed, thing) AS (${query})
     SELECT needed::pg_catalog.text AS name, pg_catalog.count(*)::pg_catalog.int4 AS count,
            pg_catalog.min(thing::pg_catalog.text COLLATE "C") AS example
     FROM found WHERE needed IS NOT NULL GROUP BY 1 ORDER BY needed::pg_catalog.text COLLATE "C" LIMIT ${MOST_JUDGED}`,
  );
  return rows;
}
