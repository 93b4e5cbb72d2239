import { dependsOn, flag, type KindQuery, qualified, quoted, relationName, sorted, word } from './kind-query.js';

const ENABLED = { D: 'disabled', R: 'replica', A: 'always' } as const;

const TABLE = 'JOIN pg_catalog.pg_class t ON t.oid = $ JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace';
const ofTable = (oid: string) => TABLE.replace('$', oid);

/** Of what is named within its table: `"p" ON "public"."orders"`. */
const onTable = (name: string) => `(${quoted(name)} || ' ON ' || ${qualified('n.nspname', 't.relname')})`;

/** What belongs to tables and is made by statements of its own. Members of extensions are their tables. */
export function tablePartQueries(): KindQuery[] {
  const common = { schema: 'n.nspname', part: { catalogue: 'pg_class', oid: 't.oid' } } as const;
  return [
    {
      ...common,
      kind: 'statistics',
      catalogue: 'pg_statistic_ext',
      oid: 'x.oid',
      part: { catalogue: 'pg_statistic_ext', oid: 'x.oid' },
      from: 'pg_catalog.pg_statistic_ext x JOIN pg_catalog.pg_namespace n ON n.oid = x.stxnamespace',
      name: qualified('n.nspname', 'x.stxname'),
      owner: 'x.stxowner',
      definition: {
        statement: 'pg_catalog.pg_get_statisticsobjdef(x.oid)',
        target: 'NULLIF(x.stxstattarget, -1)',
      },
    },
    {
      ...common,
      kind: 'index',
      catalogue: 'pg_class',
      oid: 'c.oid',
      from: `pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid ${ofTable('i.indrelid')}`,
      name: qualified('n.nspname', 'c.relname'),
      definition: {
        statement: 'pg_catalog.pg_get_indexdef(c.oid)',
        clustered: flag('i.indisclustered'),
        invalid: flag('NOT i.indisvalid'),
        replicaIdentity: flag('i.indisreplident'),
        tablespace: '(SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace)',
        parent: `(SELECT ${relationName('h.inhparent')} FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid)`,
        statistics: `(SELECT pg_catalog.jsonb_object_agg(a.attnum, a.attstattarget) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0)`,
        dependsOnExtensions: dependsOn('pg_class', 'c.oid'),
      },
    },
    {
      ...common,
      kind: 'constraint',
      catalogue: 'pg_constraint',
      oid: 'k.oid',
      from: `pg_catalog.pg_constraint k ${ofTable('k.conrelid')}`,
      // Of a foreign key only its root has a name somebody gave; constraint triggers are triggers.
      where: `k.contype <> 't' AND NOT (k.contype = 'f' AND k.conparentid <> 0)`,
      name: onTable('k.conname'),
      definition: {
        type: word('k.contype', {
          c: 'check',
          f: 'foreign key',
          n: 'not null',
          p: 'primary key',
          u: 'unique',
          x: 'exclusion',
        }),
        statement: 'pg_catalog.pg_get_constraintdef(k.oid)',
        notValidated: flag('NOT k.convalidated'),
        inherited: flag('NOT k.conislocal'),
        // ALTER TABLE … DISABLE TRIGGER ALL: the key is not enforced.
        enforced: `(SELECT pg_catalog.jsonb_agg(DISTINCT ${word('g.tgenabled', ENABLED)}) FROM pg_catalog.pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled <> 'O')`,
      },
    },
    {
      ...common,
      kind: 'trigger',
      catalogue: 'pg_trigger',
      oid: 'g.oid',
      from: `pg_catalog.pg_trigger g ${ofTable('g.tgrelid')}`,
      // A partition's copy is only worth a word when it is switched another way.
      where: `NOT g.tgisinternal AND (g.tgparentid = 0 OR g.tgenabled <> (SELECT p.tgenabled FROM pg_catalog.pg_trigger p WHERE p.oid = g.tgparentid))`,
      name: onTable('g.tgname'),
      definition: {
        statement: 'pg_catalog.pg_get_triggerdef(g.oid)',
        enabled: word('g.tgenabled', ENABLED),
        dependsOnExtensions: dependsOn('pg_trigger', 'g.oid'),
      },
    },
    {
      ...common,
      kind: 'rule',
      catalogue: 'pg_rewrite',
      oid: 'r.oid',
      from: `pg_catalog.pg_rewrite r ${ofTable('r.ev_class')}`,
      where: `r.rulename <> '_RETURN'`,
      name: onTable('r.rulename'),
      definition: { statement: 'pg_catalog.pg_get_ruledef(r.oid)', enabled: word('r.ev_enabled', ENABLED) },
    },
    {
      ...common,
      kind: 'policy',
      catalogue: 'pg_policy',
      oid: 'p.oid',
      from: `pg_catalog.pg_policy p ${ofTable('p.polrelid')}`,
      name: onTable('p.polname'),
      definition: {
        name: 'p.polname',
        table: qualified('n.nspname', 't.relname'),
        command: word('p.polcmd', { r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE' }),
        restrictive: flag('NOT p.polpermissive'),
        roles: sorted(`ARRAY(SELECT u.rolname::text FROM pg_catalog.pg_roles u WHERE u.oid = ANY (p.polroles))`),
        everybody: flag('0 = ANY (p.polroles)'),
        using: 'pg_catalog.pg_get_expr(p.polqual, p.polrelid)',
        check: 'pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)',
      },
    },
  ];
}
