import type pg from 'pg';
import type { TableSize } from './segment-plan.js';

/**
 * The sizes, by oid, of tables that are locked: asking for one that somebody else has locked would wait. They are of
 * now and not of the cut, so at least as large as what the cut sees.
 */
export async function readSizes(
  client: pg.ClientBase,
  tables: readonly number[],
  blockBytes: number,
): Promise<Map<number, TableSize>> {
  const { rows } = await client.query<{ oid: number; heap: string; toast: string }>(
    `SELECT c.oid, coalesce(pg_catalog.pg_relation_size(c.oid), 0) AS heap,
            coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS toast
     FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::pg_catalog.oid[])`,
    [tables],
  );
  return new Map(
    rows.map(({ oid, heap, toast }) => [
      oid,
      { blocks: Math.ceil(Number(heap) / blockBytes), bytes: Number(heap) + Number(toast) },
    ]),
  );
}
