import type pg from 'pg';
import { MOST_JUDGED, MOST_NAMES, type Named, nothingNamed, type RequiredExtension } from './requirements.js';

interface MemberFinding {
  extension: string;
  count: number;
  names: string[];
}

const PRIVILEGES_OF = [
  ['pg_proc', 'proacl', 'proowner', 'f'],
  ['pg_class', 'relacl', 'relowner', 'r'],
  ['pg_type', 'typacl', 'typowner', 'T'],
] as const;

const nameOf = {
  pg_proc: `pg_catalog.format('%I.%I(%s)', n.nspname, o.proname, pg_catalog.pg_get_function_identity_arguments(o.oid))`,
  pg_class: `pg_catalog.format('%I.%I', n.nspname, o.relname)`,
  pg_type: `pg_catalog.format('%I.%I', n.nspname, o.typname)`,
};

const schemaOf = { pg_proc: 'pronamespace', pg_class: 'relnamespace', pg_type: 'typnamespace' };

/** Members of extensions in this catalogue: extension `e`, member `o`, its schema `n`. */
const members = (catalogue: keyof typeof nameOf): string =>
  `FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_depend m ON m.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
     AND m.refobjid = e.oid AND m.deptype = 'e' AND m.classid = 'pg_catalog.${catalogue}'::pg_catalog.regclass
   JOIN pg_catalog.${catalogue} o ON o.oid = m.objid JOIN pg_catalog.pg_namespace n ON n.oid = o.${schemaOf[catalogue]}`;

/** Members whose privileges are not those which their extension's script gave them. */
const privilegesQuery = PRIVILEGES_OF.map(([catalogue, column, owner, letter]) => {
  const sorted = (list: string) =>
    `ARRAY(SELECT each::pg_catalog.text COLLATE "C" FROM pg_catalog.unnest(coalesce(${list}, pg_catalog.acldefault('${letter}', o.${owner}))) each ORDER BY 1)`;
  return `SELECT e.extname, ${nameOf[catalogue]} ${members(catalogue)}
    LEFT JOIN pg_catalog.pg_init_privs i ON i.objoid = o.oid AND i.objsubid = 0 AND i.classoid = m.classid
    WHERE (o.${column} IS NOT NULL OR i.initprivs IS NOT NULL) AND ${sorted(`o.${column}`)} <> ${sorted('i.initprivs')}`;
}).join('\nUNION ALL ');

/**
 * What is altered in the transaction that creates the extension is no newer than it. Odoo and Tryton do that with these, which are
 * STABLE in every version.
 */
const MADE_IMMUTABLE = `(e.extname = 'unaccent' AND o.proname = 'unaccent' AND o.provolatile = 'i')`;

/**
 * Functions whose rows are newer than their extension's, and have the privileges they got there. When most of an
 * extension's are, the server was upgraded, and it says nothing.
 */
const alteredFunctions = `(
    SELECT o.oid, o.provolatile, e.extname, ${nameOf.pg_proc} AS name, pg_catalog.age(o.xmin) < pg_catalog.age(e.xmin) OR ${MADE_IMMUTABLE} AS newer,
           o.proacl IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_init_privs i
             WHERE i.objoid = o.oid AND i.classoid = m.classid AND i.initprivs = o.proacl) AS untouched,
           pg_catalog.count(*) FILTER (WHERE pg_catalog.age(o.xmin) < pg_catalog.age(e.xmin))
             OVER (PARTITION BY e.oid) * 2 <= pg_catalog.count(*) OVER (PARTITION BY e.oid) AS few
    ${members('pg_proc')}) f`;
const isAltered = 'f.newer AND f.untouched AND f.few';
const alteredQuery = `SELECT f.extname, f.name FROM ${alteredFunctions} WHERE ${isAltered}`;
/** PostgreSQL wants these to be immutable when it makes what stands on them. */
const alteredAndNeededQuery = `
  SELECT f.extname, f.name FROM ${alteredFunctions}
  WHERE ${isAltered} AND f.provolatile = 'i' AND EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid
    LEFT JOIN pg_catalog.pg_attrdef ad ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND ad.oid = d.objid
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
    WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid = f.oid
      AND (c.relkind IN ('i', 'I', 'p') OR a.attgenerated = 's'))`;

const tablesQuery = `SELECT e.extname, ${nameOf.pg_class} ${members('pg_class')}
  WHERE o.oid = ANY (e.extconfig) AND o.relkind = 'r' AND pg_catalog.pg_relation_size(o.oid) > 0`;

/** Extensions beside those that every database has from its beginning. */
export async function readRequiredExtensions(client: pg.ClientBase): Promise<RequiredExtension[]> {
  const { rows } = await client.query<Pick<RequiredExtension, 'name' | 'version' | 'superuser' | 'trusted'>>(
    `SELECT e.extname::pg_catalog.text AS name, e.extversion AS version, v.superuser, v.trusted
     FROM pg_catalog.pg_extension e
     LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = e.extname AND v.version = e.extversion
     WHERE e.oid >= 16384 ORDER BY e.extname LIMIT ${MOST_JUDGED}`,
  );
  if (rows.length === 0) return [];
  const [privileges, perhapsAltered, alteredAndNeeded, tables] = [
    await ofExtensions(client, privilegesQuery),
    await ofExtensions(client, alteredQuery),
    await ofExtensions(client, alteredAndNeededQuery),
    await ofExtensions(client, tablesQuery),
  ];
  return rows.map((extension) => ({
    ...extension,
    privileges: privileges.get(extension.name) ?? nothingNamed,
    perhapsAltered: perhapsAltered.get(extension.name) ?? nothingNamed,
    alteredAndNeeded: alteredAndNeeded.get(extension.name) ?? nothingNamed,
    tables: tables.get(extension.name) ?? nothingNamed,
  }));
}

/** `query` has two columns: the extension and a name. */
async function ofExtensions(client: pg.ClientBase, query: string): Promise<Map<string, Named>> {
  const { rows } = await client.query<MemberFinding>(
    `WITH found (extension, name) AS (${query})
     SELECT extension::pg_catalog.text, pg_catalog.count(*)::pg_catalog.int4 AS count,
            (pg_catalog.array_agg(name::pg_catalog.text COLLATE "C" ORDER BY name::pg_catalog.text COLLATE "C"))[1:${MOST_NAMES}] AS names
     FROM found GROUP BY 1`,
  );
  return new Map(rows.map(({ extension, count, names }) => [extension, { count, names }]));
}
