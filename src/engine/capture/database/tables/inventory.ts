import type pg from 'pg';
import { MARKER_SCHEMA } from '../../../postgres/cut/cut-moment.js';
import type { Relation } from './relation.js';

/** A table whose rows are captured. */
export interface CapturedTable extends Relation {
  oid: number;
  /** Those that have a value of their own, in the order of COPY: not the generated ones. May be none. */
  columns: string[];
  /** The stored generated ones, in their order. */
  generated: string[];
  /** As the extension it belongs to says which rows are the user's: `WHERE …`, or nothing at all. */
  extensionCondition: string | null;
  /** PostgreSQL's own way of storing rows, whose blocks can be read range by range. */
  isHeap: boolean;
  /** Whatever is written to it is in the server's log. */
  isLogged: boolean;
  /** Where its rows lay at the cut. */
  filenode: string;
}

/** A table that is locked, whether its rows are captured or not. */
export interface LockedRelation extends Relation {
  oid: number;
  /** As `CapturedTable.filenode`; absent where no rows are read. */
  filenode?: string;
}

/** What an extension says about a table's rows, without WHERE; empty for all of them. */
export function bareCondition(extensionCondition: string): string {
  return extensionCondition.trim().replace(/^where\b\s*/i, '');
}

export interface InventoryOptions {
  /** Whether rows of tables that do not survive a crash are captured. */
  includeUnlogged: boolean;
}

/** Names are those of `n` and `c`; what is not listed here is PostgreSQL's own, somebody's session's, or ours. */
export const OWN_SCHEMAS_ONLY = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', '${MARKER_SCHEMA}')`;

/**
 * Joins to relation `c` the extension it belongs to as `member`, and as `config` what that one says about its rows:
 * a member's rows are captured only where its extension lists it, as `pg_dump` does.
 */
export const EXTENSION_OF_RELATION = `
  LEFT JOIN LATERAL (
    SELECT e.oid, e.extconfig, e.extcondition FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
  ) member ON true
  LEFT JOIN LATERAL (
    SELECT condition FROM ROWS FROM (pg_catalog.unnest(member.extconfig), pg_catalog.unnest(member.extcondition))
      AS listed (relation, condition)
    WHERE listed.relation = c.oid
  ) config ON true`;

/** Extensions that came with the server are no part of a dump, and so are the rows of their tables. */
export const NOT_OF_AN_EXTENSION = '(member.oid IS NULL OR (config.condition IS NOT NULL AND member.oid >= 16384))';

/**
 * The tables with rows to capture, as the client's transaction sees them, by schema and name: ordinary ones and
 * partitions (a partitioned table has no rows of its own, a foreign one's are elsewhere). Locks nothing.
 */
export async function readInventory(client: pg.ClientBase, options: InventoryOptions): Promise<CapturedTable[]> {
  const persistence = options.includeUnlogged ? ['p', 'u'] : ['p'];
  const { rows } = await client.query<CapturedTable>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, config.condition AS "extensionCondition",
            am.amhandler = 'pg_catalog.heap_tableam_handler'::pg_catalog.regproc AS "isHeap",
            c.relpersistence = 'p' AS "isLogged", c.relfilenode::text AS filenode,
            ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                  ORDER BY a.attnum) AS columns,
            ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = 's'
                  ORDER BY a.attnum) AS generated
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_am am ON am.oid = c.relam
     ${EXTENSION_OF_RELATION}
     WHERE c.relkind = 'r' AND c.relpersistence = ANY ($1::"char"[]) AND ${OWN_SCHEMAS_ONLY} AND ${NOT_OF_AN_EXTENSION}
     ORDER BY n.nspname, c.relname`,
    [persistence],
  );
  return rows;
}

/**
 * What else `pg_dump` locks, though no rows are read from it: parents of partitions, and tables whose rows are not
 * captured. Whoever holds these too knows beforehand that it need not wait.
 */
export async function readOthersLocked(
  client: pg.ClientBase,
  captured: readonly CapturedTable[],
): Promise<LockedRelation[]> {
  const { rows } = await client.query<LockedRelation>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     ${EXTENSION_OF_RELATION}
     WHERE (c.relkind = 'p' OR c.relkind = 'r' AND c.relpersistence = 'u') AND c.relpersistence <> 't'
       AND ${OWN_SCHEMAS_ONLY} AND member.oid IS NULL
     ORDER BY n.nspname, c.relname`,
  );
  const known = new Set(captured.map(({ oid }) => oid));
  return rows.filter(({ oid }) => !known.has(oid));
}
