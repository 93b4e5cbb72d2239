import type pg from 'pg';
import type { RestoreFinding } from '../../../postgres/capabilities/restore-finding.js';
import { LeftOut } from '../../left-out.js';
import { OWN_SCHEMAS_ONLY } from '../tables/inventory.js';
import { type Relation } from '../tables/relation.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

/** What the role may not read, of what a snapshot cannot do without. */
export interface UnreadableRelations {
  relations: (Relation & { oid: number; what: 'table' | 'sequence' })[];
  /** Whether there are large objects, and one of them that it may not read. */
  largeObjects: boolean;
}

/**
 * Without `SELECT` `pg_dump` cannot even lock a table; with row-level security some of its rows would be hidden. As the client's
 * transaction sees them, by schema and name.
 */
export async function readUnreadable(client: pg.ClientBase): Promise<UnreadableRelations> {
  const { rows: relations } = await client.query<UnreadableRelations['relations'][number]>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name,
            CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS what
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND ${OWN_SCHEMAS_ONLY}
       AND (NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') OR NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
            OR c.relkind = 'r' AND pg_catalog.row_security_active(c.oid))
     ORDER BY n.nspname, c.relname`,
  );
  const { rows } = await client.query<{ some: boolean }>(
    `SELECT pg_catalog.current_setting('lo_compat_privileges') = 'off' AND NOT me.rolsuper AND EXISTS (
       SELECT FROM pg_catalog.pg_largeobject_metadata o
       WHERE NOT pg_catalog.pg_has_role(o.lomowner, 'USAGE') AND NOT EXISTS (
         SELECT FROM pg_catalog.aclexplode(o.lomacl) a
         WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))) AS some
     FROM pg_catalog.pg_roles me WHERE me.rolname = current_user`,
  );
  return { relations, largeObjects: rows[0]?.some ?? false };
}

export const NOTHING_UNREADABLE: UnreadableRelations = { relations: [], largeObjects: false };

/** What is to be said of a capture that goes on without them: one finding, or none. */
export function leftOutOf({ relations, largeObjects }: UnreadableRelations): RestoreFinding[] {
  const leftOut = new LeftOut();
  for (const relation of relations) leftOut.add(`the ${relation.what} ${qualifiedName(relation)}`);
  if (largeObjects) leftOut.add('all large objects');
  return leftOut.findings('thing in the database', 'things in the database');
}
