import { quoteLiteral } from '../../sql/quote.js';
import { MARKER_SCHEMA } from '../../cut/cut-moment.js';
import type { ObjectKind } from '../described-object.js';

/** The first oid that is given to what was not made together with the cluster itself. */
const FIRST_OWN_OID = 16_384;

/** Where the objects of one kind are in the catalogue, and what is said of each. All texts are SQL expressions over `from`. */
export interface KindQuery {
  kind: ObjectKind;
  /** Catalogue of the object, by which comments and dependencies are found. */
  catalogue: string;
  oid: string;
  from: string;
  where?: string;
  /** Text, see `DescribedObject.name`. */
  name: string;
  /** Name of the schema it is in, so that what is in nobody's is left out. */
  schema?: string;
  /** The role's oid. */
  owner?: string;
  /** `type`: the letter of `acldefault` as SQL; absent where there is no default, and every privilege is listed. */
  acl?: { column: string; type?: string };
  /** The table whose columns can have privileges of their own. */
  columnsOf?: string;
  /** Where it is described though it came with the server. */
  always?: string;
  /** What it belongs to, when that is the member of an extension and not it. */
  part?: { catalogue: string; oid: string };
  /** In which catalogue its comment is, if in another one. */
  commented?: string;
  /** By the name of the fact; what is null is left out. */
  definition: Readonly<Record<string, string>>;
}

export interface QueryOptions {
  content: 'all' | 'access';
  membersOnly: boolean;
  /** Whether the database has any security labels. */
  labels: boolean;
  /** Oids of those that are left out. */
  without: readonly number[];
}

/**
 * One row an object, with the properties of `DescribedObject` as columns, in the order of the names' bytes in UTF-8: `encoding` is the
 * database's.
 */
export function kindSql(query: KindQuery, options: QueryOptions, encoding: string): string {
  const { kind, oid, from, owner, acl, columnsOf, name } = query;
  const all = options.content === 'all';
  const initial =
    acl && `(SELECT ip.initprivs FROM pg_catalog.pg_init_privs ip WHERE ${belongs('ip', query, 'objsubid')})`;
  const isOwn = `(${oid} >= ${FIRST_OWN_OID}${query.always ? ` OR ${query.always}` : ''})`;
  // What privileges the information schema came with is recorded nowhere.
  const builtInSchema = query.schema ? [`${query.schema} <> 'information_schema'`] : [];
  const deviates = [
    ...(acl && initial ? [deviatesSql(acl.column, defaultAcl(query), initial)] : []),
    ...(columnsOf ? [columnsDeviate(columnsOf)] : []),
  ];
  const conditions = [
    ...(query.where ? [`(${query.where})`] : []),
    ...(query.schema ? [schemaCounts(query.schema)] : []),
    deviates.length === 0 ? isOwn : `(${isOwn} OR ${[...builtInSchema, `(${deviates.join(' OR ')})`].join(' AND ')})`,
    ...(options.without.length > 0 ? [`${oid} <> ALL ('{${options.without.join(',')}}'::pg_catalog.oid[])`] : []),
    ...(options.membersOnly ? [`${extensionSql(query)} IS NOT NULL`] : []),
  ];
  const builtIn =
    acl && initial
      ? `CASE WHEN NOT ${isOwn} THEN ${object({
          privileges: privilegesSql(initial, defaultAcl(query)),
          ...(columnsOf && { columnPrivileges: columnPrivilegesSql(columnsOf, 'initial') }),
        })} END`
      : 'NULL';
  const definition = all
    ? acl
      ? `CASE WHEN ${isOwn} THEN ${object(query.definition)} END`
      : object(query.definition)
    : 'NULL';
  const comment = `(SELECT de.description FROM pg_catalog.pg_description de WHERE ${belongs('de', { catalogue: query.commented ?? query.catalogue, oid }, 'objsubid')})`;
  const labels = `(SELECT pg_catalog.jsonb_object_agg(sl.provider, sl.label) FROM pg_catalog.pg_seclabel sl WHERE ${belongs('sl', query, 'objsubid')})`;
  return `
    SELECT * FROM (
      SELECT ${quoteLiteral(kind)} AS kind, ${name} AS name,
             ${owner ? `pg_catalog.pg_get_userbyid(${owner})::text` : 'NULL'} AS owner,
             ${acl ? privilegesSql(acl.column, defaultAcl(query)) : 'NULL'} AS privileges,
             ${columnsOf ? columnPrivilegesSql(columnsOf, 'present') : 'NULL'} AS "columnPrivileges",
             ${all ? `CASE WHEN ${isOwn} THEN ${comment} END` : 'NULL'} AS comment,
             ${all && options.labels ? labels : 'NULL'} AS labels,
             ${extensionSql(query)} AS extension,
             ${builtIn} AS "builtIn",
             ${definition} AS definition
        FROM ${from} WHERE ${conditions.join(' AND ')}
    ) described ORDER BY ${orderSql(encoding)}`;
}

/** An identifier of any name, quoted the same by every server. */
export function quoted(name: string): string {
  return `('"' || pg_catalog.replace(${name}::text, '"', '""') || '"')`;
}

/** The quoted name of something in a schema. */
export function qualified(schema: string, name: string): string {
  return `(${quoted(schema)} || '.' || ${quoted(name)})`;
}

/** The same of a relation, by its oid. */
export function relationName(oid: string): string {
  return `(SELECT ${qualified('rn.nspname', 'rc.relname')} FROM pg_catalog.pg_class rc JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace WHERE rc.oid = ${oid})`;
}

/** A JSON object without what is null. */
export function object(facts: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(facts).map(([name, value]) => `${quoteLiteral(name)}, ${value}`);
  return `pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(${pairs.join(', ')}))`;
}

/** True, or nothing. */
export function flag(condition: string): string {
  return `CASE WHEN ${condition} THEN true END`;
}

/** What a letter of the catalogue stands for; other letters, the default ones, are left out. */
export function word(letter: string, words: Readonly<Record<string, string>>): string {
  const cases = Object.entries(words).map(([from, to]) => `WHEN ${quoteLiteral(from)} THEN ${quoteLiteral(to)}`);
  return `CASE ${letter}::text ${cases.join(' ')} END`;
}

/** The name of a function, operator or type by a `reg…` value; nothing for none. */
export function named(value: string, type: 'regproc' | 'regprocedure' | 'regoperator' | 'regtype'): string {
  return `CASE WHEN ${value}::pg_catalog.oid <> 0 THEN ${value}::pg_catalog.${type}::text END`;
}

/**
 * An array of text, such as storage options, in an order of its own. Some minor versions of servers keep a column's own
 * version among its options, which is nobody's.
 */
export function sorted(array: string): string {
  return `CASE WHEN ${array} IS NOT NULL
               THEN (SELECT pg_catalog.jsonb_agg(so ORDER BY so COLLATE "C") FROM pg_catalog.unnest(${array}) AS so WHERE so !~ '^pg_attver=') END`;
}

/** Options of foreign data by their names, with hashes for values, among which may be passwords. */
export function secretOptions(array: string): string {
  return `CASE WHEN ${array} IS NOT NULL THEN (
            SELECT pg_catalog.jsonb_object_agg(fo.option_name, pg_catalog.encode(pg_catalog.sha256(pg_catalog.textsend(fo.option_value)), 'hex'))
              FROM pg_catalog.pg_options_to_table(${array}) AS fo) END`;
}

/** A collation where it is not the one that the type has anyway. */
export function collationSql(collation: string, type: string): string {
  return `CASE WHEN ${collation} <> 0 THEN (
            SELECT ${qualified('cn.nspname', 'co.collname')} FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
             WHERE co.oid = ${collation} AND co.oid <> (SELECT ct.typcollation FROM pg_catalog.pg_type ct WHERE ct.oid = ${type})) END`;
}

/** `ALTER … DEPENDS ON EXTENSION`. */
export function dependsOn(catalogue: string, oid: string): string {
  return `(SELECT pg_catalog.jsonb_agg(xe.extname ORDER BY xe.extname COLLATE "C")
             FROM pg_catalog.pg_depend xd JOIN pg_catalog.pg_extension xe ON xe.oid = xd.refobjid
            WHERE xd.classid = 'pg_catalog.${catalogue}'::pg_catalog.regclass AND xd.objid = ${oid}
              AND xd.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND xd.deptype = 'x')`;
}

/** Temporary objects, TOAST and our own marker are nobody's. */
function schemaCounts(schema: string): string {
  return `${schema} <> ${quoteLiteral(MARKER_SCHEMA)} AND ${schema} <> 'pg_toast' AND ${schema} !~ '^pg_(toast_)?temp_'`;
}

/** The condition for rows about an object as a whole in a catalogue that is about objects of all kinds. */
function belongs(alias: string, { catalogue, oid }: Pick<KindQuery, 'catalogue' | 'oid'>, part: string): string {
  return `${alias}.objoid = ${oid} AND ${alias}.classoid = 'pg_catalog.${catalogue}'::pg_catalog.regclass AND ${alias}.${part} = 0`;
}

function extensionSql({ catalogue, oid, part }: KindQuery): string {
  const member = part ?? { catalogue, oid };
  return `(SELECT me.extname::text FROM pg_catalog.pg_depend md JOIN pg_catalog.pg_extension me ON me.oid = md.refobjid
            WHERE md.classid = 'pg_catalog.${member.catalogue}'::pg_catalog.regclass AND md.objid = ${member.oid} AND md.objsubid = 0
              AND md.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND md.deptype = 'e')`;
}

function defaultAcl({ acl, owner }: KindQuery): string {
  return acl?.type === undefined ? 'NULL::pg_catalog.aclitem[]' : `pg_catalog.acldefault(${acl.type}, ${owner})`;
}

/** Privileges as JSON, null where they are the default. Those of roles that were dropped are nobody's. */
function privilegesSql(acl: string, byDefault: string): string {
  return `CASE WHEN ${acl} IS NOT NULL AND NOT ${sameItems(acl, byDefault)} THEN coalesce(${explodedSql(acl)}, '[]') END`;
}

function explodedSql(acl: string): string {
  return `(SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
             'grantor', pg_catalog.pg_get_userbyid(ax.grantor), 'grantee', CASE WHEN ax.grantee <> 0 THEN pg_catalog.pg_get_userbyid(ax.grantee) END,
             'privilege', ax.privilege_type, 'grantable', ax.is_grantable) ORDER BY ax.ordinality)
             FROM pg_catalog.aclexplode(${acl}) WITH ORDINALITY AS ax
            WHERE pg_catalog.pg_get_userbyid(ax.grantee) !~~ 'unknown (OID=%' OR ax.grantee = 0)`;
}

function sameItems(a: string, b: string): string {
  const items = (acl: string) => `ARRAY(SELECT ai::text COLLATE "C" FROM pg_catalog.unnest(${acl}) AS ai ORDER BY 1)`;
  return `${items(a)} = ${items(b)}`;
}

function deviatesSql(acl: string, byDefault: string, initial: string): string {
  return `(${acl} IS NOT NULL AND ${acl} IS DISTINCT FROM ${initial} AND NOT ${sameItems(acl, `coalesce(${initial}, ${byDefault})`)})`;
}

function columnInitial(table: string): string {
  return `(SELECT ip.initprivs FROM pg_catalog.pg_init_privs ip WHERE ip.objoid = ${table}
             AND ip.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND ip.objsubid = pa.attnum)`;
}

function columnsDeviate(table: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_attribute pa WHERE pa.attrelid = ${table} AND pa.attacl IS NOT NULL AND NOT pa.attisdropped
                     AND NOT ${sameItems('pa.attacl', `coalesce(${columnInitial(table)}, '{}')`)})`;
}

function columnPrivilegesSql(table: string, which: 'present' | 'initial'): string {
  const acl = which === 'present' ? 'pa.attacl' : columnInitial(table);
  return `(SELECT pg_catalog.jsonb_object_agg(pa.attname, ${explodedSql(acl)})
             FROM pg_catalog.pg_attribute pa WHERE pa.attrelid = ${table} AND pa.attacl IS NOT NULL AND NOT pa.attisdropped
              AND ${explodedSql(acl)} IS NOT NULL)`;
}

/** By the bytes the names have in UTF-8. What has no encoding is taken for it. */
function orderSql(encoding: string): string {
  return encoding === 'UTF8' || encoding === 'SQL_ASCII' ? 'name COLLATE "C"' : `pg_catalog.convert_to(name, 'UTF8')`;
}
