import type pg from 'pg';
import { isCaptured, isNoArray, isNoMember, isNoPart, isOwn, neededBy } from './object-queries.js';
import { type DatabaseRequirements, MOST_JUDGED } from './requirements.js';

/** A catalogue of things that have an owner and privileges. `<thing>` is a column of `o`, or of its schema `n`. */
interface OwnedThings {
  catalogue: string;
  kind: string;
  /** Prefix of its columns. */
  prefix: string;
  owner: string;
  /** The column of its privileges and the letter of their default; left out where it has none. */
  privileges?: [string, string];
  /** Whether it lies in a schema. */
  schema?: boolean;
  where?: string;
  name?: string;
}

const OWNED: OwnedThings[] = [
  {
    ...{ catalogue: 'pg_class', kind: 'table', prefix: 'rel', owner: 'relowner', schema: true },
    privileges: ['relacl', 'r'],
    where: `o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')`,
  },
  {
    ...{ catalogue: 'pg_proc', kind: 'function', prefix: 'pro', owner: 'proowner', schema: true },
    privileges: ['proacl', 'f'],
    where: isNoPart('o', 'pg_proc'),
  },
  {
    ...{ catalogue: 'pg_type', kind: 'type', prefix: 'typ', owner: 'typowner', schema: true },
    privileges: ['typacl', 'T'],
    // Neither arrays, nor what comes with a table or a range.
    where: `${isNoArray('o')} AND o.typtype <> 'm'
            AND o.typrelid NOT IN (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relkind <> 'c')`,
  },
  {
    ...{ catalogue: 'pg_namespace', kind: 'schema', prefix: 'nsp', owner: 'nspowner' },
    privileges: ['nspacl', 'n'],
    where: isCaptured('o'),
  },
  { catalogue: 'pg_operator', kind: 'operator', prefix: 'opr', owner: 'oprowner', schema: true },
  { catalogue: 'pg_opclass', kind: 'operator class', prefix: 'opc', owner: 'opcowner', schema: true },
  { catalogue: 'pg_opfamily', kind: 'operator family', prefix: 'opf', owner: 'opfowner', schema: true },
  { catalogue: 'pg_collation', kind: 'collation', prefix: 'coll', owner: 'collowner', schema: true },
  { catalogue: 'pg_conversion', kind: 'conversion', prefix: 'con', owner: 'conowner', schema: true },
  { catalogue: 'pg_ts_dict', kind: 'text search dictionary', prefix: 'dict', owner: 'dictowner', schema: true },
  { catalogue: 'pg_ts_config', kind: 'text search configuration', prefix: 'cfg', owner: 'cfgowner', schema: true },
  { catalogue: 'pg_statistic_ext', kind: 'statistics', prefix: 'stx', owner: 'stxowner', schema: true },
  {
    ...{ catalogue: 'pg_language', kind: 'language', prefix: 'lan', owner: 'lanowner' },
    privileges: ['lanacl', 'l'],
  },
  {
    ...{ catalogue: 'pg_foreign_data_wrapper', kind: 'foreign data wrapper', prefix: 'fdw', owner: 'fdwowner' },
    privileges: ['fdwacl', 'F'],
  },
  {
    ...{ catalogue: 'pg_foreign_server', kind: 'foreign server', prefix: 'srv', owner: 'srvowner' },
    privileges: ['srvacl', 'S'],
  },
  { catalogue: 'pg_event_trigger', kind: 'event trigger', prefix: 'evt', owner: 'evtowner' },
  { catalogue: 'pg_publication', kind: 'publication', prefix: 'pub', owner: 'pubowner' },
  {
    ...{ catalogue: 'pg_largeobject_metadata', kind: 'large object', prefix: 'lom', owner: 'lomowner' },
    ...{ privileges: ['lomacl', 'L'], name: 'o.oid::pg_catalog.text' },
  },
];

const schemaOf = ({ prefix, schema }: OwnedThings): string =>
  schema ? ` JOIN pg_catalog.pg_namespace n ON n.oid = o.${prefix}namespace` : '';

const from = (things: OwnedThings, more = ''): string =>
  `FROM pg_catalog.${things.catalogue} o${schemaOf(things)}${more}
   WHERE ${things.where ?? 'true'}${things.schema ? ` AND ${isCaptured('n')}` : ''}`;

const nameOf = ({ kind, prefix, schema, name }: OwnedThings): string =>
  schema
    ? `pg_catalog.format('${kind} %I.%I', n.nspname, o.${prefix}name)`
    : `pg_catalog.format('${kind} %s', ${name ?? `pg_catalog.quote_ident(o.${prefix}name)`})`;

const roleName = (oid: string): string => `pg_catalog.pg_get_userbyid(${oid})`;

/**
 * Of many things, in groups by these columns, how many there are and the name of one: only that is made, which with
 * hundreds of thousands of things takes longer than all the rest.
 */
const inGroups = (things: OwnedThings, columns: Record<string, string>, rest: string): string =>
  `SELECT ${Object.keys(columns)
    .map((name) => `g.${name}`)
    .join(', ')}, g.count, ${nameOf(things)} AS thing
   FROM (SELECT ${Object.entries(columns)
     .map(([name, column]) => `${column} AS ${name}`)
     .join(', ')}, pg_catalog.count(*) AS count, pg_catalog.min(o.oid) AS first ${rest}
         GROUP BY ${Object.values(columns).join(', ')}) g
     JOIN pg_catalog.${things.catalogue} o ON o.oid = g.first${schemaOf(things)}`;

/** What is not as a server makes it, though it was not made in this database: the schema `public`. */
const PUBLIC_SCHEMA = `
  UNION ALL SELECT o.nspowner, 1, 'schema public' FROM pg_catalog.pg_namespace o
  WHERE o.nspname = 'public' AND o.oid < 16384 AND o.nspowner >= 16384`;

const byRole = (query: string): string =>
  `SELECT ${roleName('q.role')}, q.count, q.thing FROM (${query}) q (role, count, thing)`;

const ownersQuery = (): string =>
  byRole(
    OWNED.map((things) =>
      inGroups(things, { role: `o.${things.owner}` }, `${from(things)} AND ${isOwn('o', things.catalogue)}`),
    ).join('\nUNION ALL ') + PUBLIC_SCHEMA,
  );

/** Granted privileges of what was made in the database, by the owner of the thing and who gave what to whom (0 is everybody). */
const grantsQuery = (): string => {
  const columns = (owner: string) => ({ owner, grantor: 'acl.grantor', grantee: 'acl.grantee' });
  const ofThings = OWNED.filter(({ privileges }) => privileges).map((things) =>
    inGroups(
      things,
      columns(`o.${things.owner}`),
      `${from(things, `, pg_catalog.aclexplode(o.${things.privileges![0]}) acl`)} AND ${isOwn('o', things.catalogue)}`,
    ),
  );
  const tables = OWNED[0]!;
  const ofColumns = inGroups(
    tables,
    columns('o.relowner'),
    `FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class o ON o.oid = a.attrelid${schemaOf(tables)},
          pg_catalog.aclexplode(a.attacl) acl
     WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND ${isCaptured('n')} AND ${isOwn('o', 'pg_class')}`,
  );
  return [...ofThings, ofColumns].join('\nUNION ALL ');
};

/** Things of the server itself whose privileges are not those it gave them; of `information_schema` nobody keeps any. */
const systemQuery = (): string =>
  byRole(
    OWNED.filter(({ privileges }) => privileges && privileges[1] !== 'L')
      .map((things) => {
        const [column, letter] = things.privileges!;
        const sorted = (list: string) =>
          `ARRAY(SELECT each::pg_catalog.text COLLATE "C" FROM pg_catalog.unnest(coalesce(${list}, pg_catalog.acldefault('${letter}', o.${things.owner}))) each ORDER BY 1)`;
        const schema = things.schema ? 'n.nspname' : things.catalogue === 'pg_namespace' ? 'o.nspname' : "''";
        const initial = ` LEFT JOIN pg_catalog.pg_init_privs i ON i.objoid = o.oid AND i.objsubid = 0
          AND i.classoid = 'pg_catalog.${things.catalogue}'::pg_catalog.regclass`;
        return inGroups(
          things,
          { role: `o.${things.owner}` },
          `${from(things, initial)} AND ${schema} <> 'information_schema'
             AND o.oid < 16384 AND o.${things.owner} < 16384 AND ${isNoMember('o', things.catalogue)}
             AND (o.${column} IS NOT NULL OR i.initprivs IS NOT NULL) AND ${sorted(`o.${column}`)} <> ${sorted('i.initprivs')}`,
        );
      })
      .join('\nUNION ALL '),
  );

type Roles = Pick<
  DatabaseRequirements,
  'owners' | 'grantors' | 'defaultPrivileges' | 'systemPrivileges' | 'grantees' | 'policyRoles'
>;

/** Which roles own, grant, may do or are named by something. */
export async function readRequiredRoles(client: pg.ClientBase): Promise<Roles> {
  const names = async (query: string): Promise<string[]> => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT DISTINCT ${roleName('found.role')}::pg_catalog.text COLLATE "C" AS name FROM (${query}) found (role)
       WHERE found.role <> 0 ORDER BY 1 LIMIT ${MOST_JUDGED}`,
    );
    return rows.map(({ name }) => name);
  };
  return {
    owners: await neededBy(client, ownersQuery()),
    grantors: await neededBy(
      client,
      `SELECT CASE WHEN g.grantor <> g.owner THEN ${roleName('g.grantor')} END, g.count, g.thing FROM (${grantsQuery()}) g`,
    ),
    defaultPrivileges: await neededBy(
      client,
      `SELECT ${roleName('d.defaclrole')}, 1, 'what it makes' FROM pg_catalog.pg_default_acl d`,
    ),
    systemPrivileges: await neededBy(client, systemQuery()),
    grantees: await names(
      `SELECT g.grantee FROM (${grantsQuery()}) g
       UNION ALL SELECT acl.grantee FROM pg_catalog.pg_default_acl d, pg_catalog.aclexplode(d.defaclacl) acl
       UNION ALL SELECT u.umuser FROM pg_catalog.pg_user_mappings u`,
    ),
    policyRoles: await names(`SELECT role FROM pg_catalog.pg_policy p, pg_catalog.unnest(p.polroles) role`),
  };
}
