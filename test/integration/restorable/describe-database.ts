import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { libpqEnvironment } from '../../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';
import { looking, UNDISTURBED_OPTIONS } from './place.js';

/** What can be seen of a database, by what is seen: a definition, the rows of a table, who may do what. */
export type Description = ReadonlyMap<string, string>;

export interface Difference {
  what: string;
  before: string;
  after: string;
}

/** Tables with fewer rows are described by their rows, others by a hash of them. */
const SHOWN_ROWS = 20;
/** Of an indexed expression so many different values are looked up by the index. */
const LOOKED_UP = 8;

/**
 * Describes a database by means that are not Snapback's: `pg_dump`, the catalogues and queries, as the superuser. Probes are
 * queries that the environment's role makes with its own settings, as an application does; the path is where names are found.
 */
export async function describeDatabase(
  admin: DatabaseAddress,
  role: DatabaseAddress,
  { probes, path }: { probes: readonly string[]; path: string },
): Promise<Description> {
  const described = new Map<string, string>();
  await definitions(admin, described);
  await looking(admin, async (client) => {
    for (const [what, sql] of Object.entries(CATALOGUES)) {
      const { rows } = await client.query<{ name: string; value: string | null }>(sql);
      for (const { name, value } of rows) described.set(`${what} ${name}`, value ?? '');
    }
    await sequences(client, described);
  });
  // Planning a query may look into functions of indexes, and they into names that only the role's path finds.
  await looking(
    admin,
    async (client) => {
      await tableRows(client, described);
      await indexScans(client, described);
    },
    path,
  );
  for (const probe of probes) described.set(`probe ${probe}`, await valueOrReason(role, probe));
  return described;
}

/** Which names an application finds that comes as this role. */
export async function pathOf(role: DatabaseAddress): Promise<string> {
  const path = await valueOrReason(role, 'SHOW search_path');
  return path.startsWith('error') ? 'public' : path;
}

/** In the order of the names of what differs. */
export function differencesBetween(before: Description, after: Description): Difference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names
    .map((what) => ({ what, before: before.get(what) ?? 'nothing', after: after.get(what) ?? 'nothing' }))
    .filter(({ before, after }) => before !== after);
}

/** Cut where `pg_dump` writes what comes next. */
async function definitions(address: DatabaseAddress, described: Map<string, string>): Promise<void> {
  const { path } = await findProgram('pg_dump');
  const { stdout } = await promisify(execFile)(path, ['--schema-only', address.database], {
    env: libpqEnvironment(address, { pgOptions: UNDISTURBED_OPTIONS }),
    maxBuffer: 1 << 28,
  });
  const [, ...parts] = stdout.split(/^--\n-- (?=Name: )/m);
  for (const part of parts) {
    const [, name, type, schema, owner] = /^Name: (.*); Type: (.*); Schema: (.*); Owner: (.*)$/m.exec(part) ?? [];
    const lines = part.split('\n').slice(2).filter(isTold);
    // The order in which something was granted says nothing.
    const text = type === 'ACL' ? lines.toSorted() : lines;
    let what = `${type?.toLowerCase()} ${schema === '-' ? '' : `${schema}.`}${name}`;
    while (described.has(what)) what += ' (another)';
    described.set(what, [`of ${owner}`, ...text].join('\n'));
  }
}

/** Other lines are decoration, or stand where something else than before them is needed: the catalogue has those. */
function isTold(line: string): boolean {
  return line.trim() !== '' && !/^(--|\\(un)?restrict |SET default_(tablespace|table_access_method) )/.test(line);
}

const privileges = (acl: string, kind: string, owner: string) => `(
  SELECT string_agg(format('%s=%s%s/%s', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type,
                           CASE WHEN a.is_grantable THEN '*' END, pg_get_userbyid(a.grantor)), ' ' ORDER BY a.grantee, a.privilege_type, a.grantor)
    FROM aclexplode(coalesce(${acl}, acldefault(${kind}, ${owner}))) a)`;
const OURS = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'snapback')`;

/** Each gives rows of `name` and `value`. */
const CATALOGUES: Readonly<Record<string, string>> = {
  relation: `
    SELECT c.oid::regclass::text AS name, concat_ws(' ', c.relkind, c.relpersistence, 'of', pg_get_userbyid(c.relowner), t.spcname, am.amname, c.reloptions,
             CASE WHEN c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') THEN ${privileges('c.relacl', `(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char"`, 'c.relowner')} END) AS value
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace LEFT JOIN pg_am am ON am.oid = c.relam
     WHERE ${OURS}`,
  column: `
    SELECT format('%s.%I', c.oid::regclass, a.attname) AS name, ${privileges('a.attacl', `'c'`, 'c.relowner')} AS value
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS} AND a.attacl IS NOT NULL`,
  'can be called': `
    SELECT p.oid::regprocedure::text AS name, concat_ws(' ', p.provolatile, p.proisstrict, p.proparallel, p.procost, p.proleakproof, p.prosecdef, p.proconfig,
             'of', pg_get_userbyid(p.proowner), ${privileges('p.proacl', `'f'`, 'p.proowner')}, obj_description(p.oid, 'pg_proc')) AS value
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${OURS}`,
  'of type': `
    SELECT t.oid::regtype::text AS name, concat_ws(' ', 'of', pg_get_userbyid(t.typowner), ${privileges('t.typacl', `'T'`, 't.typowner')}, obj_description(t.oid, 'pg_type')) AS value
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ${OURS} AND t.typtype IN ('d', 'e', 'r', 'c', 'b') AND t.typelem = 0`,
  'in schema': `
    SELECT n.nspname::text AS name, concat_ws(' ', 'of', pg_get_userbyid(n.nspowner), ${privileges('n.nspacl', `'n'`, 'n.nspowner')}, obj_description(n.oid, 'pg_namespace')) AS value
      FROM pg_namespace n WHERE ${OURS}`,
  'in language': `SELECT lanname::text AS name, ${privileges('lanacl', `'l'`, 'lanowner')} AS value FROM pg_language`,
  'by wrapper': `SELECT fdwname::text AS name, ${privileges('fdwacl', `'F'`, 'fdwowner')} AS value FROM pg_foreign_data_wrapper`,
  'on server': `SELECT srvname::text AS name, ${privileges('srvacl', `'S'`, 'srvowner')} AS value FROM pg_foreign_server`,
  installed: `
    SELECT extname::text AS name, concat_ws(' ', extversion, 'in', extnamespace::regnamespace, 'of', pg_get_userbyid(extowner)) AS value FROM pg_extension`,
  members: `
    SELECT e.extname::text AS name, string_agg(pg_describe_object(d.classid, d.objid, 0), E'\\n' ORDER BY pg_describe_object(d.classid, d.objid, 0)) AS value
      FROM pg_extension e JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
     WHERE d.classid <> 'pg_type'::regclass GROUP BY 1`,
  'large object': `
    SELECT m.oid::text AS name, concat_ws(' ', 'of', pg_get_userbyid(m.lomowner), ${privileges('m.lomacl', `'L'`, 'm.lomowner')}, md5(lo_get(m.oid)), obj_description(m.oid, 'pg_largeobject')) AS value
      FROM pg_largeobject_metadata m`,
  database: `
    SELECT 'setting ' || CASE s.setrole WHEN 0 THEN '' ELSE pg_get_userbyid(s.setrole) || ' ' END || split_part(e, '=', 1) AS name, e AS value
      FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) e WHERE d.datname = current_database()
    UNION ALL
    SELECT 'itself', concat_ws(' ', 'of', pg_get_userbyid(datdba), datconnlimit, datallowconn, encoding, datcollate, datctype, ${privileges('datacl', `'d'`, 'datdba')}, shobj_description(oid, 'pg_database'))
      FROM pg_database WHERE datname = current_database()`,
};

async function tableRows(client: Client, described: Map<string, string>): Promise<void> {
  const { rows: tables } = await client.query<{ name: string; populated: boolean }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relispopulated AS populated FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm') AND ${OURS}`,
  );
  for (const { name, populated } of tables) {
    const { rows } = populated
      ? await client.query<{ value: string }>(
          `SELECT CASE WHEN count(*) > ${SHOWN_ROWS} OR sum(length(t::text)) > 4000 THEN format('%s rows: %s', count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))))
                       ELSE coalesce(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C"), 'no rows') END AS value FROM ONLY ${name} t`,
        )
      : { rows: [{ value: 'not populated' }] };
    described.set(`rows of ${name}`, rows[0]!.value);
  }
}

async function sequences(client: Client, described: Map<string, string>): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND ${OURS}`,
  );
  for (const { name } of rows) {
    const { rows: values } = await client.query(`SELECT last_value, is_called FROM ${name}`);
    described.set(`value of ${name}`, JSON.stringify(values[0]));
  }
}

interface IndexFacts {
  name: string;
  table: string;
  predicate: string | null;
  expression: string | null;
  isOrdered: boolean;
}

/** Counts by an index beside counts by a scan of the table, where an index has an expression or a predicate. */
async function indexScans(client: Client, described: Map<string, string>): Promise<void> {
  const { rows: indexes } = await client.query<IndexFacts>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, format('%I.%I', tn.nspname, t.relname) AS table,
            pg_get_expr(i.indpred, i.indrelid) AS predicate, am.amname = 'btree' AS "isOrdered",
            CASE WHEN i.indexprs IS NOT NULL AND i.indkey[0] = 0 THEN pg_get_indexdef(i.indexrelid, 1, false) END AS expression
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class t ON t.oid = i.indrelid
       JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_am am ON am.oid = c.relam
      WHERE ${OURS} AND c.relkind = 'i' AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) AND (t.relkind <> 'm' OR t.relispopulated)`,
  );
  for (const index of indexes) described.set(`index scan ${index.name}`, await bothWays(client, index));
}

async function bothWays(client: Client, { table, predicate, expression, isOrdered }: IndexFacts): Promise<string> {
  // No index can answer what is asked of the second; the settings of the planner would count inside of functions as well.
  const [byIndex, byTable] = [`ONLY ${table}`, `(SELECT * FROM ONLY ${table} OFFSET 0) scanned`];
  const count = async (from: string, condition: string) => {
    await client.query(`SET enable_seqscan = ${from === byIndex ? 'off' : 'on'}`);
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${from} WHERE ${condition}`);
    return rows[0]!.count;
  };
  const both = async (condition: string) => `${await count(byTable, condition)} ${await count(byIndex, condition)}`;
  const all = predicate ?? 'true';
  try {
    const found: string[] = [];
    if (predicate !== null) found.push(await both(predicate));
    if (expression !== null && isOrdered) {
      const { rows } = await client.query<{ value: string }>(
        `SELECT DISTINCT (${expression})::text AS value FROM ${byTable} WHERE ${all} AND (${expression}) IS NOT NULL ORDER BY 1 LIMIT ${LOOKED_UP}`,
      );
      for (const { value } of rows) {
        const counts = await both(`${all} AND (${expression}) = ${client.escapeLiteral(value)}`);
        found.push(`${value}: ${counts}`);
      }
    }
    return found.join('\n');
  } catch (error) {
    return `error: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** With the role's own settings, as the application has them. */
async function valueOrReason(role: DatabaseAddress, sql: string): Promise<string> {
  const { path } = await findProgram('psql');
  const flags = ['--no-psqlrc', '--tuples-only', '--no-align', '--set=ON_ERROR_STOP=1', `--command=${sql}`];
  try {
    const { stdout } = await promisify(execFile)(path, [...flags, role.database], { env: libpqEnvironment(role) });
    return stdout.trim();
  } catch (error) {
    return `error: ${(error as { stderr?: string }).stderr?.trim() ?? String(error)}`;
  }
}
