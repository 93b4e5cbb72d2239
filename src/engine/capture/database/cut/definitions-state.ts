import { createHash } from 'node:crypto';
import { findProgram } from '../../../postgres/programs/programs.js';
import type { Cut } from '../../../postgres/cut/cut.js';
import { MARKER_SCHEMA } from '../../../postgres/cut/cut-moment.js';
import { quoteIdentifier, quoteLiteral } from '../../../postgres/sql/quote.js';

/** Of what is made of it here: counted up when more, or something else, is to be looked at. */
const VERSION = 2;

/**
 * Catalogues that say nothing of definitions, or are not for everybody: statistics, roles and their members (looked at by name, as far as the
 * database has to do with them), what other databases depend on, progress of replication, settings of the database (read each time), and what is in
 * large objects.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'pg_statistic',
  'pg_statistic_ext_data',
  'pg_authid',
  'pg_auth_members',
  'pg_parameter_acl',
  'pg_shdepend',
  'pg_db_role_setting',
  'pg_replication_origin',
  'pg_subscription_rel',
  'pg_largeobject',
]);

const OWN_DATABASE =
  '(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())';
/** Of the comments and labels of what all databases of the server share. */
const ON_OWN_DATABASE = `classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass AND objoid OPERATOR(pg_catalog.=) ${OWN_DATABASE}`;

/**
 * The roles that anything in the database can name: those that come with a server, which nothing depends on for the record, and those that the server
 * keeps because this database's objects, the database itself or its subscriptions depend on them. What extensions began with is on that record from
 * PostgreSQL 17 on only.
 */
const NAMED_ROLES = `
  r.oid OPERATOR(pg_catalog.<) 16384 OR r.oid IN (
    SELECT s.refobjid FROM pg_catalog.pg_shdepend s
     WHERE s.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.dbid OPERATOR(pg_catalog.=) ${OWN_DATABASE}
    UNION ALL
    SELECT s.refobjid FROM pg_catalog.pg_shdepend s
     WHERE s.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.dbid OPERATOR(pg_catalog.=) 0
       AND s.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass AND s.objid OPERATOR(pg_catalog.=) ${OWN_DATABASE}
    UNION ALL
    SELECT s.subowner FROM pg_catalog.pg_subscription s WHERE s.subdbid OPERATOR(pg_catalog.=) ${OWN_DATABASE}
    UNION ALL
    SELECT pg_catalog.unnest(ARRAY[a.grantor, a.grantee]) FROM pg_catalog.pg_init_privs p, pg_catalog.aclexplode(p.initprivs) a)`;

/** What an ordinary role may not read, or what is in no catalogue as it is needed here. */
const SEEN_BY_VIEW = [
  // Membership counts for what the reader may see; `pg_has_role` follows it through other roles.
  `SELECT (r.oid, r.rolname, pg_catalog.pg_has_role(r.oid, 'USAGE'), pg_catalog.pg_has_role(r.oid, 'MEMBER'))::pg_catalog.text AS seen
     FROM pg_catalog.pg_roles r WHERE ${NAMED_ROLES}`,
  'SELECT r::pg_catalog.text AS seen FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) session_user',
  'SELECT m::pg_catalog.text AS seen FROM pg_catalog.pg_user_mappings m',
  `SELECT (s.oid, s.subname, s.subowner, s.subenabled, s.subpublications)::pg_catalog.text AS seen
     FROM pg_catalog.pg_subscription s WHERE s.subdbid OPERATOR(pg_catalog.=) ${OWN_DATABASE}`,
] as const;
const MAY_BE_CLOSED: ReadonlySet<string> = new Set(['pg_user_mapping', 'pg_subscription']);

/** Which rows are of this database, and none of ours that are changed beside the definitions. */
const OF_OURS: ReadonlyMap<string, string> = new Map([
  ['pg_database', `oid OPERATOR(pg_catalog.=) ${OWN_DATABASE}`],
  ['pg_shdescription', ON_OWN_DATABASE],
  ['pg_shseclabel', ON_OWN_DATABASE],
  ['pg_subscription', `subdbid OPERATOR(pg_catalog.=) ${OWN_DATABASE}`],
  ['pg_namespace', `nspname OPERATOR(pg_catalog.<>) ${quoteLiteral(MARKER_SCHEMA)}`],
  [
    'pg_description',
    `NOT (classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
      AND objoid IN (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) ${quoteLiteral(MARKER_SCHEMA)}))`,
  ],
]);

/**
 * What all definitions of the database are made of under the cut, SHA-256 in hex: which rows each catalogue has, by their places and the
 * transactions that made them, with the versions of what reads them. Two cuts of one history that have the same have the same definitions; see
 * docs/differential-capture.md. `without`: the oids of relations whose definitions are left out. Undefined where that cannot be told: large objects, and catalogues that the role may not read.
 *
 * Rejects with the driver's error.
 */
export async function readDefinitionsState(
  { client, major }: Pick<Cut, 'client' | 'major'>,
  without: readonly number[] = [],
): Promise<string | undefined> {
  const { rows: found } = await client.query<{ name: string; isReadable: boolean }>(
    `SELECT c.relname::pg_catalog.text AS name, pg_catalog.has_table_privilege(c.oid, 'SELECT') AS "isReadable"
       FROM pg_catalog.pg_class c
      WHERE c.relnamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace AND c.relkind OPERATOR(pg_catalog.=) 'r'
      ORDER BY 1`,
  );
  const wanted = found.filter(({ name }) => !LEFT_OUT.has(name));
  if (wanted.some(({ name, isReadable }) => !isReadable && !MAY_BE_CLOSED.has(name))) return undefined;
  const catalogues = wanted.filter(({ isReadable }) => isReadable).map(({ name }) => name);
  const { rows } = await client.query<{ knows: boolean; objects: string; server: string; reader: string }>(
    `SELECT pg_catalog.to_regprocedure('pg_catalog.hashtidextended(tid,bigint)') IS NOT NULL AS knows,
            (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata) AS objects,
            pg_catalog.version() AS server, session_user::pg_catalog.text AS reader`,
  );
  const { knows, objects, server, reader } = rows[0]!;
  if (!knows || objects !== '0') return undefined;
  const { path, version } = await findProgram('pg_dump', { minMajor: major, preferMajor: major });
  const state = createHash('sha256').update(JSON.stringify([VERSION, server, reader, path, version]));
  if (without.length > 0) state.update(JSON.stringify({ without }));
  const each = await client.query<Record<string, string>>(catalogues.map(rowsOf).join(' UNION ALL '));
  for (const row of each.rows) state.update(JSON.stringify(Object.values(row)));
  for (const view of SEEN_BY_VIEW) {
    const seen = await client.query<{ all: string | null }>(
      `SELECT pg_catalog.md5(pg_catalog.string_agg(seen, ' ' ORDER BY seen COLLATE "C")) AS all FROM (${view}) AS seen`,
    );
    state.update(JSON.stringify(seen.rows[0]!.all));
  }
  return state.digest('hex');
}

/** A row is another one when it was written again: it lies elsewhere, or a later transaction made it. */
function rowsOf(name: string): string {
  const where = OF_OURS.get(name);
  return `SELECT ${quoteLiteral(name)} AS name, pg_catalog.count(*)::pg_catalog.text AS rows,
      coalesce(pg_catalog.sum(pg_catalog.hashtidextended(ctid, xmin::pg_catalog.text::pg_catalog.int8)), 0)::pg_catalog.text AS sum
    FROM pg_catalog.${quoteIdentifier(name)}${where === undefined ? '' : ` WHERE ${where}`}`;
}
