import type { Client } from 'pg';
import { qualifiedName } from '../../../postgres/sql/quote.js';

/** What the definitions that exist before any row say about how rows can be put in. */
export interface LoadOrder {
  /** What reads in a type of an extension may ask these: before all others, the `last` of them too. By `qualifiedName`. */
  ofExtensions: ReadonlySet<string>;
  /**
   * Tables whose rows call somebody's function as they come in, or are checked against another table's: after all
   * others, one at a time, and in this order. By `qualifiedName`.
   */
  last: ReadonlyMap<string, number>;
  /** Partitions whose rows may belong to another one here: their rows go to this table instead. By `qualifiedName`. */
  throughRoot: ReadonlyMap<string, { schema: string; name: string }>;
}

/**
 * Functions, operators and what stands on them that did not come with the server. What PostgreSQL evaluates with them may read
 * any table. Types count where a value of them is made: a domain may have a check.
 */
const SOMEBODYS = `d.refobjid >= 16384 AND (
  d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
                   'pg_catalog.pg_opclass'::pg_catalog.regclass, 'pg_catalog.pg_opfamily'::pg_catalog.regclass)
  OR d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
     AND EXISTS (SELECT FROM pg_catalog.pg_type used WHERE used.oid = d.refobjid AND used.typtype <> 'e'))`;

/** Types that consist of others: `part` is in `whole`. */
const PARTS = `
  SELECT t.oid AS whole, t.typelem AS part FROM pg_catalog.pg_type t WHERE t.typelem <> 0
  UNION ALL SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.typbasetype <> 0
  UNION ALL SELECT t.oid, a.atttypid FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE t.typtype = 'c' AND t.oid >= 16384
  UNION ALL SELECT r.rngtypid, r.rngsubtype FROM pg_catalog.pg_range r
  UNION ALL SELECT r.rngmultitypid, r.rngtypid FROM pg_catalog.pg_range r`;

/** Tables with something of theirs that is evaluated when a row comes in. */
export const EVALUATING = `
  WITH RECURSIVE parts AS MATERIALIZED (${PARTS}),
  checked (type) AS (
    SELECT DISTINCT c.contypid FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = c.oid
    WHERE c.contypid <> 0 AND d.refobjid <> c.contypid AND ${SOMEBODYS}
    UNION SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'b' AND t.typelem = 0 AND t.typinput >= 16384 AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.objid = t.oid AND e.deptype = 'e')
    UNION SELECT parts.whole FROM checked JOIN parts ON parts.part = checked.type
  ),
  keys (root) AS (
    SELECT DISTINCT c.oid FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
    WHERE c.relkind = 'p' AND ${SOMEBODYS}
      AND d.refclassid <> 'pg_catalog.pg_type'::pg_catalog.regclass
    UNION SELECT i.inhrelid FROM keys JOIN pg_catalog.pg_inherits i ON i.inhparent = keys.root
    JOIN pg_catalog.pg_class child ON child.oid = i.inhrelid AND child.relispartition
  )
  SELECT c.conrelid AS oid FROM pg_catalog.pg_constraint c
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = c.oid
  WHERE c.contype = 'c' AND c.conrelid <> 0 AND ${SOMEBODYS}
  UNION SELECT a.attrelid FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_attrdef def ON def.adrelid = a.attrelid AND def.adnum = a.attnum
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = def.oid
  WHERE a.attgenerated = 's' AND NOT (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) AND ${SOMEBODYS}
  UNION SELECT a.attrelid FROM pg_catalog.pg_attribute a JOIN checked ON checked.type = a.atttypid
  WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION SELECT root FROM keys`;

/**
 * Hash partitions by something that is hashed by what it is called inside this database and not by its text: an enum's
 * label is its oid, and so is whatever `reg…` names. An expression over somebody's function may return such a thing.
 */
export const REHASHED = `
  WITH RECURSIVE parts AS MATERIALIZED (${PARTS}),
  moving (type) AS (
    SELECT oid FROM pg_catalog.pg_type WHERE typtype = 'e'
      OR oid IN ('pg_catalog.regproc'::pg_catalog.regtype, 'pg_catalog.regprocedure'::pg_catalog.regtype, 'pg_catalog.regoper'::pg_catalog.regtype,
                 'pg_catalog.regoperator'::pg_catalog.regtype, 'pg_catalog.regclass'::pg_catalog.regtype, 'pg_catalog.regtype'::pg_catalog.regtype,
                 'pg_catalog.regrole'::pg_catalog.regtype, 'pg_catalog.regnamespace'::pg_catalog.regtype, 'pg_catalog.regconfig'::pg_catalog.regtype,
                 'pg_catalog.regdictionary'::pg_catalog.regtype, 'pg_catalog.regcollation'::pg_catalog.regtype)
    UNION SELECT parts.whole FROM moving JOIN parts ON parts.part = moving.type
  ),
  unsure (root) AS (
    SELECT p.partrelid FROM pg_catalog.pg_partitioned_table p
    WHERE p.partstrat = 'h' AND (
      EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN moving ON moving.type = a.atttypid
              WHERE a.attrelid = p.partrelid AND a.attnum = ANY (p.partattrs::pg_catalog.int2[]))
      OR 0 = ANY (p.partattrs::pg_catalog.int2[])
         AND EXISTS (SELECT FROM pg_catalog.pg_depend d
                     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = p.partrelid AND d.objsubid = 0
                       AND d.refobjid >= 16384
                       AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
                                            'pg_catalog.pg_type'::pg_catalog.regclass)))
  ),
  below (root, leaf, depth) AS (
    SELECT root, root, 0 FROM unsure
    UNION ALL SELECT below.root, i.inhrelid, below.depth + 1 FROM below
    JOIN pg_catalog.pg_inherits i ON i.inhparent = below.leaf
  )
  SELECT DISTINCT ON (below.leaf) below.leaf AS oid, below.root AS "rootOid", leaf.relname::text AS name, leaf_schema.nspname::text AS schema,
         root.relname::text AS "rootName", root_schema.nspname::text AS "rootSchema"
  FROM below
  JOIN pg_catalog.pg_class leaf ON leaf.oid = below.leaf AND leaf.relkind = 'r'
  JOIN pg_catalog.pg_namespace leaf_schema ON leaf_schema.oid = leaf.relnamespace
  JOIN pg_catalog.pg_class root ON root.oid = below.root
  JOIN pg_catalog.pg_namespace root_schema ON root_schema.oid = root.relnamespace
  WHERE below.depth > 0 ORDER BY below.leaf, below.depth DESC`;

/** Foreign keys that exist before their rows: an extension made them with its tables. */
export const KEYS_BEFORE_ROWS = `
  SELECT c.conrelid AS child, c.confrelid AS parent FROM pg_catalog.pg_constraint c
  WHERE c.contype = 'f' AND c.conrelid <> c.confrelid`;

export const OF_EXTENSIONS = `
  SELECT n.nspname::text AS schema, c.relname::text AS name FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'r' JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e'
    AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass`;

const TABLES = `
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND c.relkind = 'r'
  ORDER BY n.nspname, c.relname`;

interface MovedPartition {
  oid: number;
  rootOid: number;
  name: string;
  schema: string;
  rootName: string;
  rootSchema: string;
}

/**
 * Asks a database that has all definitions that come before rows, and none of those. `client` has an empty `search_path`.
 * `isComplete`: it has all definitions, and its foreign keys are not there when the rows come. Rejects with the server's error.
 */
export async function readLoadOrder(client: Client, { isComplete = false } = {}): Promise<LoadOrder> {
  const { rows: evaluating } = await client.query<{ oid: number }>(EVALUATING);
  const { rows: keys } = isComplete
    ? { rows: [] }
    : await client.query<{ child: number; parent: number }>(KEYS_BEFORE_ROWS);
  const { rows: moved } = await client.query<MovedPartition>(REHASHED);
  const oids = new Set([...evaluating.map(({ oid }) => oid), ...keys.map(({ child }) => child)]);
  // Rows of one partition may come into another one, where something is evaluated.
  const roots = new Set(moved.filter(({ oid }) => oids.has(oid)).map(({ rootOid }) => rootOid));
  for (const { oid, rootOid } of moved) if (roots.has(rootOid)) oids.add(oid);
  const { rows: tables } = await client.query<{ oid: number; schema: string; name: string }>(TABLES, [[...oids]]);
  const parents = new Map<number, number[]>();
  for (const { child, parent } of keys) parents.set(child, [...(parents.get(child) ?? []), parent]);
  const ordered = parentsFirst(tables, ({ oid }) => parents.get(oid) ?? []);
  const { rows: ofExtensions } = await client.query<{ schema: string; name: string }>(OF_EXTENSIONS);
  return {
    ofExtensions: new Set(ofExtensions.map(qualifiedName)),
    last: new Map(ordered.map((table, at) => [qualifiedName(table), at])),
    throughRoot: new Map(moved.map((row) => [qualifiedName(row), { schema: row.rootSchema, name: row.rootName }])),
  };
}

/** The same tables, each behind those of its parents that are among them; otherwise in the order they have. Circles stay as they are. */
export function parentsFirst<T extends { oid: number }>(tables: readonly T[], parentsOf: (table: T) => number[]): T[] {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  const ordered: T[] = [];
  const seen = new Set<number>();
  const visit = (table: T) => {
    if (seen.has(table.oid)) return;
    seen.add(table.oid);
    for (const parent of parentsOf(table)) {
      const found = byOid.get(parent);
      if (found) visit(found);
    }
    ordered.push(table);
  };
  tables.forEach(visit);
  return ordered;
}
