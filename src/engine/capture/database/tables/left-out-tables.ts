import type pg from 'pg';
import type { Exclusion } from '../../../exclusion/exclusion.js';
import { TablePatterns } from '../../../exclusion/table-patterns.js';
import { EXTENSION_OF_RELATION, OWN_SCHEMAS_ONLY } from './inventory.js';
import type { LeftOutTable } from './relation.js';
import { type Part, readParts } from './table-parts.js';

/** What rules leave out of a database, as one transaction sees it. */
export interface LeftOutTables {
  /** Ordinary tables and partitions whose rows are not read. */
  rowsOf: LeftOutTable[];
  /** Those that are no part of the snapshot, partitioned ones among them. */
  tables: LeftOutTable[];
  /** Tables and sequences that `pg_dump` is not to see. */
  undumped: LeftOutTable[];
  /** Everything that is not described, by the catalogue it is in: oids. */
  undescribed: ReadonlyMap<string, readonly number[]>;
  /** Sequences that are columns' of `rowsOf`, by oid. */
  sequences: ReadonlySet<number>;
  /** Materialised views that look at rows which are left out. */
  views: LeftOutTable[];
  /** Patterns that name nothing. */
  idle: string[];
}

export const NOTHING_LEFT_OUT: LeftOutTables = {
  rowsOf: [],
  tables: [],
  undumped: [],
  undescribed: new Map(),
  sequences: new Set(),
  views: [],
  idle: [],
};

interface Found extends LeftOutTable {
  isPartitioned: boolean;
  /** Partitioned tables that it is a part of, by oid, itself first. */
  line: number[];
}

/**
 * Which tables the rules name. A pattern on a partitioned table is about all of its partitions. Tables of extensions are never named: their
 * extension makes them, and says which of their rows count. Rejects with the server's error.
 */
export async function readLeftOutTables(
  client: pg.ClientBase,
  { tables: whole, rowsOf }: Exclusion,
): Promise<LeftOutTables> {
  if (whole.length + rowsOf.length === 0) return NOTHING_LEFT_OUT;
  const { rows: found } = await client.query<Found>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind = 'p' AS "isPartitioned",
            ARRAY(SELECT a.relid::pg_catalog.oid FROM pg_catalog.pg_partition_ancestors(c.oid) a) || c.oid AS line
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     ${EXTENSION_OF_RELATION}
     WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND ${OWN_SCHEMAS_ONLY} AND member.oid IS NULL
     ORDER BY n.nspname, c.relname`,
  );
  const [tables, idleTables] = named(found, whole);
  const gone = new Set(tables.map(({ oid }) => oid));
  const [rest, idleRows] = named(
    found.filter(({ oid }) => !gone.has(oid)),
    rowsOf,
  );
  const emptied = rest.filter(({ isPartitioned }) => !isPartitioned);
  const emptiedOids = emptied.map(({ oid }) => oid);
  const parts = tables.length === 0 ? [] : await readParts(client, [...gone]);
  return {
    rowsOf: emptied.map(bare),
    tables: tables.map(bare),
    undumped: parts.flatMap(({ relation }) => (relation === null ? [] : [relation])),
    undescribed: byCatalogue(parts),
    sequences: await readSequencesOf(client, emptiedOids),
    views: await readViewsOf(client, emptiedOids),
    idle: [...idleTables, ...idleRows],
  };
}

/** The tables that patterns name, and the patterns that name none. */
function named(found: readonly Found[], texts: readonly string[]): [Found[], string[]] {
  const patterns = new TablePatterns(texts);
  const idle = new Set(texts.keys());
  const byItself = new Set<number>();
  for (const table of found) {
    for (const index of patterns.naming(table)) {
      idle.delete(index);
      byItself.add(table.oid);
    }
  }
  const all = found.filter(({ line }) => line.some((oid) => byItself.has(oid)));
  return [all, [...idle].map((index) => texts[index]!)];
}

function bare({ oid, schema, name }: Found): LeftOutTable {
  return { oid, schema, name };
}

function byCatalogue(parts: readonly Part[]): Map<string, number[]> {
  const oids = new Map<string, number[]>();
  for (const { catalogue, oid } of parts) oids.set(catalogue, [...(oids.get(catalogue) ?? []), oid]);
  return oids;
}

const SEQUENCES_OF = `
  SELECT d.objid AS oid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
   WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
     AND d.refobjid = ANY ($1::pg_catalog.oid[]) AND d.deptype IN ('a', 'i')`;

/** Through views of views, and through the partitioned table that has the rows of a partition with others'. */
const VIEWS_OF = `
  WITH RECURSIVE seen (oid) AS (
    SELECT pg_catalog.unnest($1::pg_catalog.oid[])
    UNION
    SELECT up.oid FROM seen CROSS JOIN LATERAL (
      SELECT r.ev_class AS oid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
       WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
         AND d.refobjid = seen.oid
      UNION ALL
      SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = seen.oid
    ) up
  )
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name
    FROM seen JOIN pg_catalog.pg_class c ON c.oid = seen.oid AND c.relkind = 'm' JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   ORDER BY n.nspname, c.relname`;

/** Materialised views that look at rows of these tables, by schema and name. Rejects with the server's error. */
export async function readViewsOf(client: pg.ClientBase, oids: readonly number[]): Promise<LeftOutTable[]> {
  if (oids.length === 0) return [];
  const { rows } = await client.query<LeftOutTable>(VIEWS_OF, [oids]);
  return rows;
}

async function readSequencesOf(client: pg.ClientBase, oids: readonly number[]): Promise<Set<number>> {
  if (oids.length === 0) return new Set();
  const { rows } = await client.query<{ oid: number }>(SEQUENCES_OF, [oids]);
  return new Set(rows.map(({ oid }) => oid));
}
