import { collationSql, flag, type KindQuery, named, object, qualified, word } from './kind-query.js';

/**
 * Types that somebody made, not those that come with a table or another type. Those are told by a look at one row each, which a
 * server cannot turn into a join: with 100,000 tables it would read all types once for each of them.
 */
export function typeQueries(major: number): KindQuery[] {
  return [
    {
      kind: 'type',
      catalogue: 'pg_type',
      oid: 't.oid',
      from: `pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
             LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid`,
      where: `t.typtype IN ('b', 'c', 'd', 'e', 'r', 'p')
              AND coalesce((SELECT e.typarray FROM pg_catalog.pg_type e WHERE e.oid = t.typelem), 0) <> t.oid
              AND coalesce((SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid), 'c') = 'c'`,
      name: qualified('n.nspname', 't.typname'),
      schema: 'n.nspname',
      owner: 't.typowner',
      acl: { column: 't.typacl', type: `'T'` },
      definition: {
        variety: word('t.typtype', { b: 'base', c: 'composite', d: 'domain', e: 'enum', r: 'range', p: 'pseudo' }),
        shell: flag('NOT t.typisdefined'),
        labels: `(SELECT pg_catalog.jsonb_agg(v.enumlabel ORDER BY v.enumsortorder) FROM pg_catalog.pg_enum v WHERE v.enumtypid = t.oid)`,
        attributes: `CASE WHEN t.typtype = 'c' THEN ${attributes} END`,
        domain: `CASE WHEN t.typtype = 'd' THEN ${domain} END`,
        range: `CASE WHEN t.typtype = 'r' THEN ${range(major)} END`,
        base: `CASE WHEN t.typtype = 'b' AND t.typisdefined THEN ${base(major)} END`,
      },
    },
  ];
}

const attributes = `(SELECT pg_catalog.jsonb_agg(${object({
  name: 'a.attname',
  type: 'pg_catalog.format_type(a.atttypid, a.atttypmod)',
  collation: collationSql('a.attcollation', 'a.atttypid'),
  comment: 'pg_catalog.col_description(a.attrelid, a.attnum)',
})} ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)`;

const domain = object({
  type: 'pg_catalog.format_type(t.typbasetype, t.typtypmod)',
  notNull: flag('t.typnotnull'),
  default: `coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault)`,
  collation: collationSql('t.typcollation', 't.typbasetype'),
  constraints: `(SELECT pg_catalog.jsonb_agg(${object({
    name: 'k.conname',
    statement: 'pg_catalog.pg_get_constraintdef(k.oid)',
    notValidated: flag('NOT k.convalidated'),
    comment: `pg_catalog.obj_description(k.oid, 'pg_constraint')`,
  })} ORDER BY k.conname COLLATE "C") FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype <> 'n')`,
});

const range = (major: number) =>
  object({
    subtype: 'pg_catalog.format_type(r.rngsubtype, NULL)',
    operatorClass: `(SELECT ${qualified('cn.nspname', 'c.opcname')} FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_namespace cn ON cn.oid = c.opcnamespace WHERE c.oid = r.rngsubopc)`,
    collation: collationSql('r.rngcollation', 'r.rngsubtype'),
    canonical: named('r.rngcanonical', 'regproc'),
    difference: named('r.rngsubdiff', 'regproc'),
    ...(major >= 14 && { multirange: named('r.rngmultitypid', 'regtype') }),
  });

const base = (major: number) =>
  object({
    input: named('t.typinput', 'regproc'),
    output: named('t.typoutput', 'regproc'),
    receive: named('t.typreceive', 'regproc'),
    send: named('t.typsend', 'regproc'),
    modifierInput: named('t.typmodin', 'regproc'),
    modifierOutput: named('t.typmodout', 'regproc'),
    analyze: named('t.typanalyze', 'regproc'),
    ...(major >= 14 && { subscript: named('t.typsubscript', 'regproc') }),
    length: 't.typlen',
    byValue: flag('t.typbyval'),
    alignment: 't.typalign',
    storage: 't.typstorage',
    category: 't.typcategory',
    preferred: flag('t.typispreferred'),
    element: named('t.typelem', 'regtype'),
    delimiter: `NULLIF(t.typdelim, ',')`,
    default: 't.typdefault',
    collatable: flag('t.typcollation <> 0'),
  });
