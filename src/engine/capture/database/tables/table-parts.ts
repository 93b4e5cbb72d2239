import type pg from 'pg';
import type { LeftOutTable } from './relation.js';

/** An object that goes with a table: it has it as its part, or nothing but it. */
export interface Part {
  catalogue: string;
  oid: number;
  relation: LeftOutTable | null;
}

/** A table and, in turn, what goes when it goes, by what the server notes of it. $1: oids. */
export const PARTS = `
  WITH RECURSIVE part (classid, objid) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, pg_catalog.unnest($1::pg_catalog.oid[])
    UNION
    SELECT d.classid, d.objid FROM part JOIN pg_catalog.pg_depend d ON d.refclassid = part.classid AND d.refobjid = part.objid
     WHERE d.deptype IN ('a', 'i', 'P', 'S')
  )`;

/** Rejects with the server's error. */
export async function readParts(client: pg.ClientBase, oids: readonly number[]): Promise<Part[]> {
  const { rows } = await client.query<Part>(
    `${PARTS}
     SELECT cat.relname::text AS catalogue, part.objid AS oid,
            CASE WHEN c.relkind IN ('r', 'p', 'S')
                 THEN pg_catalog.jsonb_build_object('oid', c.oid::pg_catalog.int8, 'schema', n.nspname, 'name', c.relname) END AS relation
       FROM part JOIN pg_catalog.pg_class cat ON cat.oid = part.classid
       LEFT JOIN (pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)
         ON part.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = part.objid`,
    [oids],
  );
  return rows;
}
