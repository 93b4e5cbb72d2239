import { flag, type KindQuery, named, object, qualified, quoted, word } from './kind-query.js';

const type = (oid: string) => `pg_catalog.format_type(${oid}, NULL)`;
const operand = (oid: string) => `CASE WHEN ${oid} = 0 THEN 'NONE' ELSE ${type(oid)} END`;

/** Operators and what indexes know of them; casts and transforms. */
export function operatorQueries(): KindQuery[] {
  return [
    {
      kind: 'operator',
      catalogue: 'pg_operator',
      oid: 'o.oid',
      from: 'pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace',
      // Only named by another one, and not made yet.
      where: 'o.oprcode::pg_catalog.oid <> 0',
      name: `(${quoted('n.nspname')} || '.' || o.oprname || ' (' || ${operand('o.oprleft')} || ', ' || ${operand('o.oprright')} || ')')`,
      schema: 'n.nspname',
      owner: 'o.oprowner',
      definition: {
        function: named('o.oprcode', 'regprocedure'),
        result: type('o.oprresult'),
        commutator: named('o.oprcom', 'regoperator'),
        negator: named('o.oprnegate', 'regoperator'),
        restrict: named('o.oprrest', 'regproc'),
        join: named('o.oprjoin', 'regproc'),
        hashes: flag('o.oprcanhash'),
        merges: flag('o.oprcanmerge'),
      },
    },
    {
      kind: 'operator family',
      catalogue: 'pg_opfamily',
      oid: 'f.oid',
      from: 'pg_catalog.pg_opfamily f JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am a ON a.oid = f.opfmethod',
      name: `(${qualified('n.nspname', 'f.opfname')} || ' USING ' || ${quoted('a.amname')})`,
      schema: 'n.nspname',
      owner: 'f.opfowner',
      definition: {
        operators: `(SELECT pg_catalog.jsonb_agg(${object({
          strategy: 'm.amopstrategy',
          operator: named('m.amopopr', 'regoperator'),
          orderBy: `(SELECT ${qualified('sn.nspname', 's.opfname')} FROM pg_catalog.pg_opfamily s JOIN pg_catalog.pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = m.amopsortfamily)`,
        })} ORDER BY m.amopstrategy, m.amopopr::pg_catalog.regoperator::text COLLATE "C") FROM pg_catalog.pg_amop m WHERE m.amopfamily = f.oid)`,
        functions: `(SELECT pg_catalog.jsonb_agg(${object({
          number: 'm.amprocnum',
          left: type('m.amproclefttype'),
          right: type('m.amprocrighttype'),
          function: named('m.amproc', 'regprocedure'),
        })} ORDER BY m.amprocnum, ${type('m.amproclefttype')} COLLATE "C", ${type('m.amprocrighttype')} COLLATE "C") FROM pg_catalog.pg_amproc m WHERE m.amprocfamily = f.oid)`,
      },
    },
    {
      kind: 'operator class',
      catalogue: 'pg_opclass',
      oid: 'c.oid',
      from: `pg_catalog.pg_opclass c JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace JOIN pg_catalog.pg_am a ON a.oid = c.opcmethod
             JOIN pg_catalog.pg_opfamily f ON f.oid = c.opcfamily JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace`,
      name: `(${qualified('n.nspname', 'c.opcname')} || ' USING ' || ${quoted('a.amname')})`,
      schema: 'n.nspname',
      owner: 'c.opcowner',
      definition: {
        type: type('c.opcintype'),
        default: flag('c.opcdefault'),
        storage: named('c.opckeytype', 'regtype'),
        family: qualified('fn.nspname', 'f.opfname'),
      },
    },
    {
      kind: 'cast',
      catalogue: 'pg_cast',
      oid: 'c.oid',
      from: 'pg_catalog.pg_cast c',
      name: `('(' || ${type('c.castsource')} || ' AS ' || ${type('c.casttarget')} || ')')`,
      definition: {
        context: word('c.castcontext', { e: 'explicit', a: 'assignment', i: 'implicit' }),
        method: word('c.castmethod', { f: 'function', i: 'input and output', b: 'binary' }),
        function: named('c.castfunc', 'regprocedure'),
      },
    },
    {
      kind: 'transform',
      catalogue: 'pg_transform',
      oid: 't.oid',
      from: 'pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang',
      name: `('FOR ' || ${type('t.trftype')} || ' LANGUAGE ' || ${quoted('l.lanname')})`,
      definition: { from: named('t.trffromsql', 'regprocedure'), to: named('t.trftosql', 'regprocedure') },
    },
  ];
}
