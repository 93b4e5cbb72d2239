import type pg from 'pg';

/** A data type, with everything that decides how its values are written. */
export interface TypeFacts {
  oid: number;
  name: string;
  /** `pg_type.typtype`: base, composite, domain, enum, range, multirange or pseudo. */
  kind: 'b' | 'c' | 'd' | 'e' | 'r' | 'm' | 'p';
  isArray: boolean;
  /** The extension it came with, or null. */
  extension: string | null;
  /** The types its own text is made of. */
  parts: number[];
  /** All else, as text that differs when the way its values are written may differ. */
  rest: string;
}

/** The first oid that is given to what was not made together with the cluster itself. */
export const FIRST_OWN_OID = 16_384;

/**
 * These types and all that they are made of, through arrays, domains, ranges, composites and the row types of
 * tables, by oid. With each come the ids of the transactions that last wrote its catalogue rows, so that what was
 * changed there and back is told from what was never touched. `major` is the server's.
 */
export async function readTypeClosure(
  client: pg.ClientBase,
  types: Iterable<number>,
  major: number,
): Promise<Map<number, TypeFacts>> {
  const { rows } = await client.query<TypeFacts>(closureQuery(major), [[...types]]);
  return new Map(rows.map((row) => [row.oid, row]));
}

function closureQuery(major: number): string {
  // Multiranges came with version 14.
  const multirange = major >= 14 ? 'r.rngmultitypid' : 'NULL::pg_catalog.oid';
  const parts = `
    SELECT t.typelem AS oid FROM pg_catalog.pg_type t WHERE t.oid = closure.oid AND t.typelem <> 0
    UNION ALL SELECT t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = closure.oid AND t.typbasetype <> 0
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid
              WHERE t.oid = closure.oid AND t.typrelid <> 0 AND a.attnum > 0 AND a.atttypid <> 0
    UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = closure.oid
    UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE ${multirange} = closure.oid`;
  return `
    WITH RECURSIVE closure (oid) AS (
      SELECT pg_catalog.unnest($1::pg_catalog.oid[])
      UNION
      SELECT part.oid FROM closure CROSS JOIN LATERAL (${parts}) part
    )
    SELECT t.oid, t.typname::text AS name, t.typtype::text AS kind,
           t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc AS "isArray",
           e.extname::text AS extension,
           ARRAY(SELECT DISTINCT part.oid FROM (${parts}) part ORDER BY 1) AS parts,
           pg_catalog.jsonb_build_array(
             t.typnamespace, t.typisdefined, t.typlen, t.typbyval, t.typelem, t.typbasetype, t.typtypmod, t.typrelid,
             t.typdelim, t.xmin::text, t.typoutput::oid,
             p.prosrc, p.probin, p.prolang, p.proconfig, p.xmin::text,
             e.oid, e.extversion, e.xmin::text,
             (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(v.oid, v.enumlabel, v.enumsortorder, v.xmin::text) ORDER BY v.oid)
              FROM pg_catalog.pg_enum v WHERE v.enumtypid = t.oid),
             (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                       a.attnum, a.attname, a.atttypid, a.atttypmod, a.attisdropped, a.attmissingval::text, a.xmin::text)
                     ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute a WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0),
             (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(r.rngtypid, r.rngsubtype, r.rngsubopc, r.rngcollation, r.xmin::text)
                     ORDER BY r.rngtypid)
              FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid OR ${multirange} = t.oid)
           )::text AS rest
    FROM closure
    JOIN pg_catalog.pg_type t ON t.oid = closure.oid
    JOIN pg_catalog.pg_proc p ON p.oid = t.typoutput
    LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid
      AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
    LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid`;
}
