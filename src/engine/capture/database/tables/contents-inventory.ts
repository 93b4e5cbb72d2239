import type pg from 'pg';
import type { ContentsEntry } from '../../../../vault/manifests/manifest-database.js';
import { bareCondition, EXTENSION_OF_RELATION, OWN_SCHEMAS_ONLY } from './inventory.js';
import type { Relation } from './relation.js';
import { FIRST_OWN_OID } from '../shapes/type-closure.js';

/** Something whose rows are not captured, or only some of them, because they come back from elsewhere. */
export interface ContentsSource extends Relation {
  oid: number;
  of: ContentsEntry['of'];
  /** All of them, generated ones too. */
  columns: string[];
  /** Rows for which this holds are captured; null where none is. */
  condition: string | null;
  /** Where its rows lay at the cut. */
  filenode: string;
  /** Its text may depend on where names are looked for. */
  hasOpenTypes?: true;
}

/**
 * Filled materialised views, which are refreshed by a restore, and tables that come with an extension, as far as its rows
 * do too; as the client's transaction sees them. Locks nothing.
 */
export async function readContentsSources(client: pg.ClientBase): Promise<ContentsSource[]> {
  const { rows } = await client.query<ContentsSource>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relfilenode::text AS filenode,
            CASE c.relkind WHEN 'm' THEN 'materialized-view' ELSE 'extension-table' END AS of, config.condition,
            ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     ${EXTENSION_OF_RELATION}
     WHERE ${OWN_SCHEMAS_ONLY} AND c.relpersistence <> 't'
       AND (c.relkind = 'm' AND c.relispopulated AND member.oid IS NULL
            OR c.relkind = 'r' AND member.oid >= ${FIRST_OWN_OID} AND config.condition IS DISTINCT FROM '')
     ORDER BY n.nspname, c.relname`,
  );
  return rows.map((row) => ({ ...row, condition: row.condition === null ? null : bareCondition(row.condition) }));
}
