import type { Client } from 'pg';

/** What there is to be changed, by names only: their order is the same in every run of a seed, that of oids is not. */
export interface KnownObjects {
  tables: KnownTable[];
  types: KnownType[];
  views: { sql: string; isMaterialized: boolean }[];
  sequences: string[];
  indexes: { sql: string; table: string }[];
  constraints: { sql: string; table: string; kind: string }[];
  triggers: { sql: string; table: string }[];
  policies: { sql: string; table: string }[];
  extensions: string[];
  schemas: string[];
}

export interface KnownTable {
  /** Its quoted name with its schema. */
  sql: string;
  schema: string;
  /** `p` of a partitioned one. */
  kind: 'r' | 'p';
  /** The quoted name of what it is a partition or a child of, or null. */
  parent: string | null;
  isPartition: boolean;
  /** Without it rows may have no place: those of its root are told apart by the identity of labels, which changes. */
  isByLabel: boolean;
  strategy: 'h' | 'l' | 'r' | null;
  hasChildren: boolean;
  persistence: 'p' | 'u';
  bytes: number;
  columns: KnownColumn[];
}

export interface KnownColumn {
  sql: string;
  /** As SQL, without its length: `character varying`, `app.mood[]`. */
  type: string;
  /** Neither may be written. */
  isComputed: boolean;
  notNull: boolean;
  isInherited: boolean;
}

export interface KnownType {
  sql: string;
  kind: 'e' | 'd' | 'c' | 'r';
  /** Of a domain. */
  base: string | null;
  labels: string[];
  attributes: { name: string; sql: string; type: string }[];
}

/** Of a relation: its rows are told apart by the hash of a label. */
export const BY_LABEL = (
  relation: string,
) => `EXISTS (SELECT FROM pg_partitioned_table p JOIN pg_attribute k ON k.attrelid = p.partrelid
  AND k.attnum = ANY (p.partattrs) JOIN pg_type t ON t.oid = k.atttypid WHERE p.partrelid = ${relation} AND p.partstrat = 'h' AND t.typtype = 'e')`;
/** Of `c`: it is somewhere below such a relation. */
export const BELOW_LABELS = `EXISTS (SELECT FROM pg_partition_ancestors(c.oid) a (oid) WHERE a.oid <> c.oid AND ${BY_LABEL('a.oid')})`;

/** Not the schema whose rows stay as they are. */
const OWN = `n.nspname NOT IN ('information_schema', 'snapback', 'fixed') AND n.nspname NOT LIKE 'pg\\_%'`;
const OWN_CLASS = `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN}
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

const QUERY = `SELECT jsonb_build_object(
  'tables', (SELECT coalesce(jsonb_agg(t ORDER BY t.sql COLLATE "C"), '[]') FROM (
     SELECT format('%I.%I', n.nspname, c.relname) AS sql, quote_ident(n.nspname) AS schema, c.relkind AS kind,
            (SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1) AS parent,
            c.relispartition AS "isPartition", ${BELOW_LABELS} AS "isByLabel", (SELECT p.partstrat FROM pg_partitioned_table p WHERE p.partrelid = c.oid) AS strategy,
            c.relhassubclass AS "hasChildren", c.relpersistence AS persistence, pg_relation_size(c.oid) AS bytes,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('sql', quote_ident(a.attname), 'type', format_type(a.atttypid, NULL),
                      'isComputed', a.attgenerated <> '' OR a.attidentity = 'a', 'notNull', a.attnotnull,
                      'isInherited', a.attinhcount > 0) ORDER BY a.attname COLLATE "C"), '[]')
             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
     ${OWN_CLASS} AND c.relkind IN ('r', 'p')) t),
  'types', (SELECT coalesce(jsonb_agg(t ORDER BY t.sql COLLATE "C"), '[]') FROM (
     SELECT format_type(t.oid, NULL) AS sql, t.typtype AS kind, CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, NULL) END AS base,
            ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumlabel COLLATE "C") AS labels,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('name', a.attname, 'sql', quote_ident(a.attname),
                      'type', format_type(a.atttypid, NULL)) ORDER BY a.attname COLLATE "C"), '[]')
             FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
     WHERE ${OWN} AND t.typtype IN ('e', 'd', 'c', 'r') AND coalesce(c.relkind, 'c') = 'c'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')) t),
  'views', (SELECT coalesce(jsonb_agg(v ORDER BY v.sql COLLATE "C"), '[]') FROM (
     SELECT format('%I.%I', n.nspname, c.relname) AS sql, c.relkind = 'm' AS "isMaterialized" ${OWN_CLASS} AND c.relkind IN ('v', 'm')) v),
  'sequences', ARRAY(SELECT format('%I.%I', n.nspname, c.relname) ${OWN_CLASS} AND c.relkind = 'S' ORDER BY 1),
  'indexes', (SELECT coalesce(jsonb_agg(x ORDER BY x.sql COLLATE "C"), '[]') FROM (
     SELECT format('%I.%I', n.nspname, c.relname) AS sql, (SELECT i.indrelid::regclass::text FROM pg_index i WHERE i.indexrelid = c.oid) AS "table"
     ${OWN_CLASS} AND c.relkind = 'i') x),
  'constraints', (SELECT coalesce(jsonb_agg(x ORDER BY x."table" COLLATE "C", x.sql COLLATE "C"), '[]') FROM (
     SELECT quote_ident(k.conname) AS sql, k.conrelid::regclass::text AS "table", k.contype AS kind
     FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE ${OWN} AND k.conrelid <> 0) x),
  'triggers', (SELECT coalesce(jsonb_agg(x ORDER BY x."table" COLLATE "C", x.sql COLLATE "C"), '[]') FROM (
     SELECT quote_ident(t.tgname) AS sql, t.tgrelid::regclass::text AS "table" FROM pg_trigger t WHERE NOT t.tgisinternal) x),
  'policies', (SELECT coalesce(jsonb_agg(x ORDER BY x."table" COLLATE "C", x.sql COLLATE "C"), '[]') FROM (
     SELECT quote_ident(p.polname) AS sql, p.polrelid::regclass::text AS "table" FROM pg_policy p) x),
  'extensions', ARRAY(SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1),
  'schemas', ARRAY(SELECT quote_ident(n.nspname) FROM pg_namespace n WHERE ${OWN} ORDER BY 1)
) AS known`;

/** The client has an empty `search_path`, so that every name comes with its schema. */
export async function readKnownObjects(client: Client): Promise<KnownObjects> {
  const { rows } = await client.query<{ known: KnownObjects }>(QUERY);
  return rows[0]!.known;
}
