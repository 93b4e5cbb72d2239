import type pg from 'pg';
import type { CutMoment } from '../../../postgres/cut/cut-moment.js';
import { TEXT_SETTINGS } from '../../../postgres/connection/session-settings.js';
import { inTurns } from '../../../concurrency/turns.js';
import { type ShapeFacts, type TableShape, TableShapes } from './table-shapes.js';
import { readTypeClosure } from './type-closure.js';

/** Goes up when the text we make of the same rows becomes another one, so that nothing older is carried over. */
const CAPTURE_FORMAT = 2;
/** So that neither question nor answer is large, however many tables there are. */
const TABLES_A_STATEMENT = 2_000;

/** The shapes of the tables with these oids, as the client's transaction sees them; one that is gone has none. */
export async function readShapes(
  client: pg.ClientBase,
  tables: readonly number[],
  server: Pick<CutMoment, 'versionNumber' | 'encoding'> & { major: number },
): Promise<Map<number, TableShape>> {
  const shapes = new TableShapes([CAPTURE_FORMAT, server.versionNumber, server.encoding, TEXT_SETTINGS]);
  for await (const some of inTurns(tables, TABLES_A_STATEMENT)) {
    const facts = await readFacts(client, some);
    const unknown = shapes.unknownTypes(facts);
    if (unknown.length > 0) shapes.learn(await readTypeClosure(client, unknown, server.major));
    for (const table of facts) shapes.add(table);
  }
  return shapes.byTable;
}

/** The columns are hashed by the server: of a hundred thousand tables they would be a million rows. */
async function readFacts(client: pg.ClientBase, tables: readonly number[]): Promise<ShapeFacts[]> {
  const { rows } = await client.query<ShapeFacts>(
    `SELECT c.oid, am.amhandler = 'pg_catalog.heap_tableam_handler'::pg_catalog.regproc AS "isHeap",
            pg_catalog.jsonb_build_array(n.oid, n.nspname, n.xmin::text, c.relname)::text AS identity,
            pg_catalog.jsonb_build_array(c.oid, c.relkind, c.relpersistence, c.reltablespace, c.relfilenode,
              pg_catalog.pg_relation_filenode(c.oid), c.relam, am.amhandler::oid)::text AS relation,
            columns.hash AS columns, columns.types, columns.virtual
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_am am ON am.oid = c.relam
     CROSS JOIN LATERAL (
       SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(pg_catalog.string_agg(
                pg_catalog.jsonb_build_array(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attlen, a.attbyval, a.attalign,
                  a.attgenerated, a.attisdropped, a.atthasmissing, a.attmissingval::text, a.xmin::text)::text,
                ',' ORDER BY a.attnum), ''), pg_catalog.getdatabaseencoding())), 'hex') AS hash,
              coalesce(pg_catalog.string_agg(DISTINCT a.atttypid::text, ' ') FILTER (WHERE a.atttypid <> 0), '') AS types,
              (pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = 'v'))[1] AS virtual
       FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
     ) columns
     WHERE c.oid = ANY ($1::pg_catalog.oid[])`,
    [tables],
  );
  return rows;
}
