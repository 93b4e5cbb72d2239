import type pg from 'pg';
import { isNoArray, isNoPart, isOwn, named } from './object-queries.js';
import type { DatabaseRequirements, SuperuserKind } from './requirements.js';

const FUNCTION_NAME = `pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))`;

/** Functions that somebody wrote, where this holds. */
const functionsWhere = (condition: string): string =>
  `SELECT ${FUNCTION_NAME} FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     JOIN pg_catalog.pg_language l ON l.oid = p.prolang
   WHERE ${isOwn('p', 'pg_proc')} AND ${isNoPart('p', 'pg_proc')} AND ${condition}`;

const inSchema = (catalogue: string, prefix: string): string =>
  `SELECT pg_catalog.format('%I.%I', n.nspname, o.${prefix}name) FROM pg_catalog.${catalogue} o
     JOIN pg_catalog.pg_namespace n ON n.oid = o.${prefix}namespace WHERE ${isOwn('o', catalogue)}`;

const withoutSchema = (catalogue: string, name: string): string =>
  `SELECT pg_catalog.quote_ident(o.${name}) FROM pg_catalog.${catalogue} o WHERE ${isOwn('o', catalogue)}`;

/** A type that its extension's script, or the server, has made: its owner is a superuser. */
const ofOthers = (type: string): string =>
  `${type} NOT IN (SELECT t.oid FROM pg_catalog.pg_type t WHERE ${isOwn('t', 'pg_type')})`;

/** What PostgreSQL lets only superusers create. Each a query for names. */
const QUERIES: Record<SuperuserKind, (major: number) => string> = {
  languages: () => withoutSchema('pg_language', 'lanname'),
  functions: () => functionsWhere(`NOT l.lanpltrusted AND p.prokind <> 'a'`),
  'leakproof-functions': () => functionsWhere('p.proleakproof'),
  'support-functions': () => functionsWhere('p.prosupport <> 0'),
  aggregates: () =>
    functionsWhere(`EXISTS (SELECT FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid
                            AND 'pg_catalog.internal'::pg_catalog.regtype IN (a.aggtranstype, a.aggmtranstype))`),
  types: () =>
    `SELECT pg_catalog.format('%I.%I', n.nspname, t.typname) FROM pg_catalog.pg_type t
       JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     WHERE ${isOwn('t', 'pg_type')} AND t.typtype = 'b' AND t.typisdefined
       AND ${isNoArray('t')}`,
  'operator-classes': () => inSchema('pg_opclass', 'opc'),
  'operator-families': () => inSchema('pg_opfamily', 'opf'),
  'access-methods': () => withoutSchema('pg_am', 'amname'),
  casts: () =>
    `SELECT pg_catalog.format('(%s AS %s)', pg_catalog.format_type(c.castsource, NULL), pg_catalog.format_type(c.casttarget, NULL))
     FROM pg_catalog.pg_cast c WHERE ${isOwn('c', 'pg_cast')} AND ${isNoPart('c', 'pg_cast')}
       AND (c.castmethod = 'b' OR (${ofOthers('c.castsource')} AND ${ofOthers('c.casttarget')}))`,
  transforms: () =>
    `SELECT pg_catalog.format_type(o.trftype, NULL) FROM pg_catalog.pg_transform o
     WHERE ${isOwn('o', 'pg_transform')} AND ${ofOthers('o.trftype')}`,
  'text-search-parsers': () => `${inSchema('pg_ts_parser', 'prs')} UNION ALL ${inSchema('pg_ts_template', 'tmpl')}`,
  'foreign-data-wrappers': () => withoutSchema('pg_foreign_data_wrapper', 'fdwname'),
  'event-triggers': () => withoutSchema('pg_event_trigger', 'evtname'),
  publications: (major) =>
    `${withoutSchema('pg_publication', 'pubname')} AND (o.puballtables${
      major >= 15 ? ' OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace s WHERE s.pnpubid = o.oid)' : ''
    })`,
};

/** Kinds of which there is none are left out. */
export async function readSuperuserObjects(
  client: pg.ClientBase,
  major: number,
): Promise<DatabaseRequirements['superuserOnly']> {
  const found: DatabaseRequirements['superuserOnly'] = {};
  for (const kind of Object.keys(QUERIES) as SuperuserKind[]) {
    const names = await named(client, QUERIES[kind](major));
    if (names.count > 0) found[kind] = names;
  }
  return found;
}
