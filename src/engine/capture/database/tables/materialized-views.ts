import type pg from 'pg';
import { EXTENSION_OF_RELATION, OWN_SCHEMAS_ONLY } from './inventory.js';
import { orderViews, type StoredView, type ViewOrder } from './view-order.js';

/**
 * The materialised views that had rows at the cut, in an order in which they can be refreshed, and those that had
 * rows but stand on one that had none, which cannot be.
 */
export async function readMaterializedViews(client: pg.ClientBase): Promise<ViewOrder> {
  const { rows: views } = await client.query<StoredView>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relispopulated AS "isPopulated"
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     ${EXTENSION_OF_RELATION}
     WHERE c.relkind = 'm' AND ${OWN_SCHEMAS_ONLY} AND member.oid IS NULL
     ORDER BY n.nspname, c.relname`,
  );
  if (views.length === 0) return { refreshable: [], stranded: [] };
  // Through ordinary views as well: one of those may stand between two that are materialised.
  const { rows: uses } = await client.query<{ view: number; uses: number }>(
    `SELECT DISTINCT r.ev_class AS view, d.refobjid AS uses
     FROM pg_catalog.pg_rewrite r
     JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
     JOIN pg_catalog.pg_class used ON used.oid = d.refobjid AND used.relkind IN ('v', 'm')
     WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class`,
  );
  return orderViews(views, uses);
}
