import type pg from 'pg';
import { inTurns } from '../../../concurrency/turns.js';
import type { TableSize } from '../segments/segment-plan.js';

const TABLES_A_STATEMENT = 5_000;

/**
 * The sizes, by oid, of tables that are locked: asking for one that somebody else has locked would wait. They are of
 * now and not of the cut, so at least as large as what the cut sees. One that is not there has no size, which is not zero.
 */
export async function readSizes(
  client: pg.ClientBase,
  tables: readonly number[],
  blockBytes: number,
): Promise<Map<number, TableSize>> {
  const sizes = new Map<number, TableSize>();
  for await (const some of inTurns(tables, TABLES_A_STATEMENT)) {
    const { rows } = await client.query<{ oid: number; heap: string | null; toast: string }>(
      `SELECT c.oid, pg_catalog.pg_relation_size(c.oid) AS heap,
              coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS toast
       FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::pg_catalog.oid[])`,
      [some],
    );
    for (const { oid, heap, toast } of rows) {
      if (heap === null) continue;
      sizes.set(oid, { blocks: Math.ceil(Number(heap) / blockBytes), bytes: Number(heap) + Number(toast) });
    }
  }
  return sizes;
}
