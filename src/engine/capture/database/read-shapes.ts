import type pg from 'pg';
import type { CutMoment } from '../../postgres/cut-moment.js';
import { TEXT_SETTINGS } from '../../postgres/session-settings.js';
import { type ColumnFacts, type RelationFacts, shapeTables, type TableShape } from './table-shapes.js';
import { readTypeClosure } from './type-closure.js';

/** Goes up when the text we make of the same rows becomes another one, so that nothing older is carried over. */
const CAPTURE_FORMAT = 1;

/**
 * The shapes of the tables with these oids, as the client's transaction sees them; one that is gone has none. A
 * handful of queries, however many tables there are.
 */
export async function readShapes(
  client: pg.ClientBase,
  tables: readonly number[],
  server: Pick<CutMoment, 'versionNumber' | 'encoding'> & { major: number },
): Promise<Map<number, TableShape>> {
  const { rows: relations } = await client.query<RelationFacts>(
    `SELECT c.oid, am.amhandler = 'pg_catalog.heap_tableam_handler'::pg_catalog.regproc AS "isHeap",
            pg_catalog.jsonb_build_array(n.oid, n.nspname, n.xmin::text, c.relname)::text AS identity,
            pg_catalog.jsonb_build_array(c.oid, c.relkind, c.relpersistence, c.reltablespace, c.relfilenode,
              pg_catalog.pg_relation_filenode(c.oid), c.relam, am.amhandler::oid)::text AS rest
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_am am ON am.oid = c.relam
     WHERE c.oid = ANY ($1::pg_catalog.oid[])`,
    [tables],
  );
  const { rows: columns } = await client.query<ColumnFacts>(
    `SELECT a.attrelid AS "table", a.attname::text AS name, a.atttypid AS type, a.attgenerated = 'v' AS "isVirtual",
            pg_catalog.jsonb_build_array(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attlen, a.attbyval, a.attalign,
              a.attgenerated, a.attisdropped, a.atthasmissing, a.attmissingval::text, a.xmin::text)::text AS rest
     FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY ($1::pg_catalog.oid[]) AND a.attnum > 0
     ORDER BY a.attrelid, a.attnum`,
    [tables],
  );
  const used = new Set(columns.map(({ type }) => type).filter((type) => type !== 0));
  const types = await readTypeClosure(client, used, server.major);
  const surroundings = [CAPTURE_FORMAT, server.versionNumber, server.encoding, TEXT_SETTINGS];
  return shapeTables(surroundings, relations, columns, types);
}
