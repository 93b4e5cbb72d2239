import { dependsOn, flag, type KindQuery, named, object, qualified, sorted, word } from './kind-query.js';

/** Functions, procedures, aggregates and window functions. */
export function routineQueries(major: number): KindQuery[] {
  return [
    {
      kind: 'function',
      catalogue: 'pg_proc',
      oid: 'p.oid',
      from: `pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
             JOIN pg_catalog.pg_language l ON l.oid = p.prolang LEFT JOIN pg_catalog.pg_aggregate g ON g.aggfnoid = p.oid`,
      // Those that make values of a range come and go with its type.
      where: `NOT EXISTS (SELECT FROM pg_catalog.pg_depend r WHERE r.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND r.objid = p.oid
                            AND r.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND r.deptype = 'i')`,
      name: `(${qualified('n.nspname', 'p.proname')} || '(' || ${inputTypes} || ')')`,
      schema: 'n.nspname',
      owner: 'p.proowner',
      acl: { column: 'p.proacl', type: `'f'` },
      definition: {
        routine: word('p.prokind', { p: 'procedure', a: 'aggregate', w: 'window' }),
        language: 'l.lanname',
        arguments: 'pg_catalog.pg_get_function_arguments(p.oid)',
        result: 'pg_catalog.pg_get_function_result(p.oid)',
        source: 'p.prosrc',
        binary: 'p.probin',
        ...(major >= 14 && { body: 'pg_catalog.pg_get_function_sqlbody(p.oid)' }),
        volatility: word('p.provolatile', { i: 'immutable', s: 'stable', v: 'volatile' }),
        parallel: word('p.proparallel', { s: 'safe', r: 'restricted', u: 'unsafe' }),
        strict: flag('p.proisstrict'),
        securityDefiner: flag('p.prosecdef'),
        leakproof: flag('p.proleakproof'),
        cost: 'p.procost',
        rows: 'NULLIF(p.prorows, 0)',
        support: named('p.prosupport', 'regproc'),
        settings: sorted('p.proconfig'),
        transforms: `(SELECT pg_catalog.jsonb_agg(pg_catalog.format_type(t, NULL)) FROM pg_catalog.unnest(p.protrftypes) AS t)`,
        aggregate: `CASE WHEN p.prokind = 'a' THEN ${aggregate} END`,
        dependsOnExtensions: dependsOn('pg_proc', 'p.oid'),
      },
    },
  ];
}

const inputTypes = `coalesce((SELECT pg_catalog.string_agg(pg_catalog.format_type(t.oid, NULL), ', ' ORDER BY t.place)
                               FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS t (oid, place)), '')`;

const MODIFIES = { s: 'shareable', w: 'read write' } as const;

const aggregate = object({
  kind: word('g.aggkind', { o: 'ordered set', h: 'hypothetical set' }),
  directArguments: 'NULLIF(g.aggnumdirectargs, 0)',
  transition: named('g.aggtransfn', 'regprocedure'),
  state: 'pg_catalog.format_type(g.aggtranstype, NULL)',
  stateBytes: 'NULLIF(g.aggtransspace, 0)',
  initial: 'g.agginitval',
  final: named('g.aggfinalfn', 'regprocedure'),
  finalExtra: flag('g.aggfinalextra'),
  finalModifies: word('g.aggfinalmodify', MODIFIES),
  combine: named('g.aggcombinefn', 'regprocedure'),
  serialize: named('g.aggserialfn', 'regprocedure'),
  deserialize: named('g.aggdeserialfn', 'regprocedure'),
  movingTransition: named('g.aggmtransfn', 'regprocedure'),
  movingInverse: named('g.aggminvtransfn', 'regprocedure'),
  movingFinal: named('g.aggmfinalfn', 'regprocedure'),
  movingFinalExtra: flag('g.aggmfinalextra'),
  movingFinalModifies: word('g.aggmfinalmodify', MODIFIES),
  movingState: `NULLIF(pg_catalog.format_type(g.aggmtranstype, NULL), '-')`,
  movingStateBytes: 'NULLIF(g.aggmtransspace, 0)',
  movingInitial: 'g.aggminitval',
  sortOperator: named('g.aggsortop', 'regoperator'),
});
