import { flag, type KindQuery, named, object, qualified, word } from './kind-query.js';

/** Conversions, collations and text search. */
export function textQueries(major: number): KindQuery[] {
  const namespace = (oid: string) => `JOIN pg_catalog.pg_namespace n ON n.oid = ${oid}`;
  return [
    {
      kind: 'conversion',
      catalogue: 'pg_conversion',
      oid: 'c.oid',
      from: `pg_catalog.pg_conversion c ${namespace('c.connamespace')}`,
      name: qualified('n.nspname', 'c.conname'),
      schema: 'n.nspname',
      owner: 'c.conowner',
      definition: {
        from: 'pg_catalog.pg_encoding_to_char(c.conforencoding)',
        to: 'pg_catalog.pg_encoding_to_char(c.contoencoding)',
        function: named('c.conproc', 'regproc'),
        default: flag('c.condefault'),
      },
    },
    {
      kind: 'collation',
      catalogue: 'pg_collation',
      oid: 'c.oid',
      from: `pg_catalog.pg_collation c ${namespace('c.collnamespace')}`,
      name: qualified('n.nspname', 'c.collname'),
      schema: 'n.nspname',
      owner: 'c.collowner',
      // Not the version of the library: it says nothing of what the collation is meant to be. Nor the encoding: one made from
      // "C" has none, and CREATE COLLATION, which is how it is made again, always gives it the database's.
      definition: {
        provider: word('c.collprovider', { c: 'libc', i: 'icu', b: 'builtin', d: 'default' }),
        collate: 'c.collcollate',
        ctype: 'c.collctype',
        ...(major >= 17 && { locale: 'c.colllocale' }),
        ...((major === 15 || major === 16) && { locale: 'c.colliculocale' }),
        ...(major >= 16 && { rules: 'c.collicurules' }),
        nondeterministic: flag('NOT c.collisdeterministic'),
      },
    },
    {
      kind: 'text search parser',
      catalogue: 'pg_ts_parser',
      oid: 'p.oid',
      from: `pg_catalog.pg_ts_parser p ${namespace('p.prsnamespace')}`,
      name: qualified('n.nspname', 'p.prsname'),
      schema: 'n.nspname',
      definition: {
        start: named('p.prsstart', 'regproc'),
        token: named('p.prstoken', 'regproc'),
        end: named('p.prsend', 'regproc'),
        headline: named('p.prsheadline', 'regproc'),
        types: named('p.prslextype', 'regproc'),
      },
    },
    {
      kind: 'text search template',
      catalogue: 'pg_ts_template',
      oid: 't.oid',
      from: `pg_catalog.pg_ts_template t ${namespace('t.tmplnamespace')}`,
      name: qualified('n.nspname', 't.tmplname'),
      schema: 'n.nspname',
      definition: { init: named('t.tmplinit', 'regproc'), lexize: named('t.tmpllexize', 'regproc') },
    },
    {
      kind: 'text search dictionary',
      catalogue: 'pg_ts_dict',
      oid: 'd.oid',
      from: `pg_catalog.pg_ts_dict d ${namespace('d.dictnamespace')} JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate
             JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace`,
      name: qualified('n.nspname', 'd.dictname'),
      schema: 'n.nspname',
      owner: 'd.dictowner',
      definition: { template: qualified('tn.nspname', 't.tmplname'), options: 'd.dictinitoption' },
    },
    {
      kind: 'text search configuration',
      catalogue: 'pg_ts_config',
      oid: 'c.oid',
      from: `pg_catalog.pg_ts_config c ${namespace('c.cfgnamespace')} JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser
             JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace`,
      name: qualified('n.nspname', 'c.cfgname'),
      schema: 'n.nspname',
      owner: 'c.cfgowner',
      definition: {
        parser: qualified('pn.nspname', 'p.prsname'),
        mapping: `(SELECT pg_catalog.jsonb_agg(${object({
          // By number: only the parser's own function could name it.
          token: 'm.maptokentype',
          dictionary: qualified('dn.nspname', 'd.dictname'),
        })} ORDER BY m.maptokentype, m.mapseqno) FROM pg_catalog.pg_ts_config_map m JOIN pg_catalog.pg_ts_dict d ON d.oid = m.mapdict
           JOIN pg_catalog.pg_namespace dn ON dn.oid = d.dictnamespace WHERE m.mapcfg = c.oid)`,
      },
    },
  ];
}
