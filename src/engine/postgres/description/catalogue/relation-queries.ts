import {
  collationSql,
  dependsOn,
  flag,
  type KindQuery,
  named,
  object,
  qualified,
  quoted,
  relationName,
  secretOptions,
  sorted,
  word,
} from './kind-query.js';

const FROM = 'pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace';

const RELATION = {
  catalogue: 'pg_class',
  oid: 'c.oid',
  from: FROM,
  name: qualified('n.nspname', 'c.relname'),
  schema: 'n.nspname',
  owner: 'c.relowner',
} as const;

const TABLE_ACL = { column: 'c.relacl', type: `'r'` } as const;

/** Tables, views, sequences and their like, with their columns. */
export function relationQueries(major: number): KindQuery[] {
  const columns = columnsSql(major);
  const view = { columns, options: sorted('c.reloptions'), query: 'pg_catalog.pg_get_viewdef(c.oid)' };
  const common = { ...RELATION, acl: TABLE_ACL, columnsOf: 'c.oid' };
  return [
    { ...common, kind: 'table', where: `c.relkind IN ('r', 'p')`, definition: { columns, ...tableFacts() } },
    {
      ...common,
      kind: 'foreign table',
      where: `c.relkind = 'f'`,
      definition: {
        columns,
        ...tableFacts(),
        server: `(SELECT s.srvname FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid)`,
        foreignOptions: secretOptions(
          '(SELECT f.ftoptions FROM pg_catalog.pg_foreign_table f WHERE f.ftrelid = c.oid)',
        ),
      },
    },
    { ...common, kind: 'view', where: `c.relkind = 'v'`, definition: view },
    {
      ...common,
      kind: 'materialized view',
      where: `c.relkind = 'm'`,
      definition: { ...view, ...storageFacts(), dependsOnExtensions: dependsOn('pg_class', 'c.oid') },
    },
    {
      ...RELATION,
      kind: 'sequence',
      acl: { column: 'c.relacl', type: `'s'` },
      from: `${FROM} JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid`,
      where: `c.relkind = 'S'`,
      definition: {
        type: 'pg_catalog.format_type(s.seqtypid, NULL)',
        // As text: JavaScript's numbers end before they do.
        start: 's.seqstart::text',
        increment: 's.seqincrement::text',
        minimum: 's.seqmin::text',
        maximum: 's.seqmax::text',
        cache: 's.seqcache::text',
        cycle: flag('s.seqcycle'),
        persistence: word('c.relpersistence', { u: 'unlogged' }),
        ownedBy: ownerColumn('a'),
        identityOf: ownerColumn('i'),
      },
    },
  ];
}

function tableFacts(): Record<string, string> {
  return {
    ...storageFacts(),
    replicaIdentity: word('c.relreplident', { n: 'nothing', f: 'full', i: 'index' }),
    rowSecurity: flag('c.relrowsecurity'),
    forceRowSecurity: flag('c.relforcerowsecurity'),
    ofType: named('c.reloftype', 'regtype'),
    partitionKey: `CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END`,
    partitionBound: 'pg_catalog.pg_get_expr(c.relpartbound, c.oid)',
    parents: `(SELECT pg_catalog.jsonb_agg(${relationName('i.inhparent')} ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)`,
  };
}

function storageFacts(): Record<string, string> {
  return {
    persistence: word('c.relpersistence', { u: 'unlogged' }),
    accessMethod: `(SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid = c.relam AND am.amname <> 'heap')`,
    tablespace: '(SELECT t.spcname FROM pg_catalog.pg_tablespace t WHERE t.oid = c.reltablespace)',
    options: sorted('c.reloptions'),
    toastOptions: sorted('(SELECT t.reloptions FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid)'),
  };
}

/** Columns in their order. */
function columnsSql(major: number): string {
  const facts = object({
    name: 'a.attname',
    type: 'pg_catalog.format_type(a.atttypid, a.atttypmod)',
    collation: collationSql('a.attcollation', 'a.atttypid'),
    notNull: flag('a.attnotnull'),
    default: `CASE WHEN a.attgenerated = '' AND a.atthasdef THEN ${defaultSql()} END`,
    generated: `CASE WHEN a.attgenerated <> '' AND a.atthasdef THEN ${defaultSql()} END`,
    virtual: flag(`a.attgenerated = 'v'`),
    identity: word('a.attidentity', { a: 'always', d: 'by default' }),
    inherited: flag('NOT a.attislocal'),
    storage: `CASE WHEN a.attstorage <> (SELECT t.typstorage FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid)
                   THEN ${word('a.attstorage', { p: 'plain', e: 'external', m: 'main', x: 'extended' })} END`,
    ...(major >= 14 && { compression: word('a.attcompression', { p: 'pglz', l: 'lz4' }) }),
    statistics: 'NULLIF(a.attstattarget, -1)',
    options: sorted('a.attoptions'),
    foreignOptions: secretOptions('a.attfdwoptions'),
    comment: 'pg_catalog.col_description(a.attrelid, a.attnum)',
  });
  return `(SELECT pg_catalog.jsonb_agg(${facts} ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;
}

function defaultSql(): string {
  return `(SELECT pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) FROM pg_catalog.pg_attrdef ad WHERE ad.adrelid = a.attrelid AND ad.adnum = a.attnum)`;
}

/** Whose column a sequence is made for. */
function ownerColumn(dependency: 'a' | 'i'): string {
  return `(SELECT ${relationName('od.refobjid')} || '.' || ${quoted('oa.attname')}
             FROM pg_catalog.pg_depend od JOIN pg_catalog.pg_attribute oa ON oa.attrelid = od.refobjid AND oa.attnum = od.refobjsubid
            WHERE od.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND od.objid = c.oid AND od.objsubid = 0
              AND od.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND od.deptype = '${dependency}')`;
}
