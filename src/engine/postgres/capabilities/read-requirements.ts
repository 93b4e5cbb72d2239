import type pg from 'pg';
import { isOwn, named, neededBy } from './object-queries.js';
import { readRequiredExtensions } from './required-extensions.js';
import { readRequiredRoles } from './required-roles.js';
import { type DatabaseRequirements, MOST_NAMES, type Named, type RequiredCollation } from './requirements.js';
import { readSuperuserObjects } from './superuser-objects.js';

/** For 100,000 tables, with their types. */
const LOOKUP_MEMORY = '64MB';

/**
 * What a server and a role must have so that the database the client is connected to can be restored there. Reads
 * catalogues only, as the client's transaction sees them, in a second with ten thousand tables. Rejects with the driver's error.
 */
export async function readRequirements(
  client: pg.ClientBase,
  { major }: { major: number },
): Promise<DatabaseRequirements> {
  // What is looked up of every object is hashed, as far as it is thought to fit into this.
  await client.query(`SELECT pg_catalog.set_config('work_mem', $1, true)`, [LOOKUP_MEMORY]);
  return {
    format: 1,
    extensions: await readRequiredExtensions(client),
    superuserOnly: await readSuperuserObjects(client, major),
    ...(await readRequiredRoles(client)),
    parameters: await neededBy(
      client,
      `SELECT pg_catalog.split_part(setting, '=', 1), 1, pg_catalog.format('%I.%I', n.nspname, p.proname)
       FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace, pg_catalog.unnest(p.proconfig) setting
       WHERE ${isOwn('p', 'pg_proc')}`,
    ),
    foreignServers: await readForeignServers(client),
    hiddenMappings: await named(
      client,
      // As the view decides it, which shows none either way where there are none.
      `SELECT pg_catalog.format('%I for %s', u.srvname, u.usename)
       FROM pg_catalog.pg_user_mappings u JOIN pg_catalog.pg_foreign_server s ON s.oid = u.srvid
         JOIN pg_catalog.pg_roles me ON me.rolname = current_user
       WHERE NOT (me.rolsuper OR (u.umuser = 0 AND pg_catalog.pg_has_role(s.srvowner, 'USAGE'))
         OR (u.umuser <> 0 AND u.usename = current_user
             AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR pg_catalog.has_server_privilege(s.oid, 'USAGE'))))`,
    ),
    tablespaces: await neededBy(
      client,
      `SELECT t.spcname, 1, pg_catalog.format('%I.%I', n.nspname, c.relname)
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace
       WHERE ${isOwn('c', 'pg_class')} AND n.nspname !~ '^pg_(temp|toast)'`,
    ),
    collations: await readCollations(client, major),
    securityLabels: await neededBy(
      client,
      `SELECT l.provider, 1, pg_catalog.format('%s %s', l.objtype, l.objname) FROM pg_catalog.pg_seclabels l
       WHERE l.objtype NOT IN ('role', 'database', 'tablespace', 'event trigger', 'publication', 'subscription')`,
    ),
    subscriptions: await named(
      client,
      `SELECT pg_catalog.quote_ident(s.subname) FROM pg_catalog.pg_subscription s
       WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`,
    ),
  };
}

async function readForeignServers(client: pg.ClientBase): Promise<{ extension: string; servers: Named }[]> {
  const { rows } = await client.query<{ extension: string; names: string[]; count: number }>(
    `SELECT e.extname::pg_catalog.text AS extension, pg_catalog.count(*)::pg_catalog.int4 AS count,
            (pg_catalog.array_agg(pg_catalog.quote_ident(s.srvname) ORDER BY s.srvname))[1:${MOST_NAMES}] AS names
     FROM pg_catalog.pg_foreign_server s
       JOIN pg_catalog.pg_depend m ON m.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass
         AND m.objid = s.srvfdw AND m.deptype = 'e'
       JOIN pg_catalog.pg_extension e ON e.oid = m.refobjid
     WHERE ${isOwn('s', 'pg_foreign_server')} GROUP BY 1 ORDER BY 1`,
  );
  return rows.map(({ extension, count, names }) => ({ extension, servers: { count, names } }));
}

/** Of nearly every column. */
const DEFAULT_COLLATION = 100;

/** The database's own, those made in it, and those its columns use. */
async function readCollations(client: pg.ClientBase, major: number): Promise<RequiredCollation[]> {
  const own =
    major >= 15
      ? `UNION ALL SELECT NULL, pg_catalog.to_jsonb(d) ->> 'datlocprovider', ${localeOf('d', 'dat')},
                pg_catalog.pg_database_collation_actual_version(d.oid), false
         FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`
      : '';
  const { rows } = await client.query<RequiredCollation>(
    `SELECT f.name, CASE f.provider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
            f.locale, f.version, f.own AS "isOwn"
     FROM (SELECT pg_catalog.format('%I.%I', n.nspname, c.collname) AS name, c.collprovider::pg_catalog.text AS provider,
                  ${localeOf('c', 'coll')} AS locale, pg_catalog.pg_collation_actual_version(c.oid) AS version,
                  ${isOwn('c', 'pg_collation')} AS own
           FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
           WHERE c.collprovider <> 'd' AND (${isOwn('c', 'pg_collation')}
             OR c.oid = ANY (ARRAY(SELECT DISTINCT a.attcollation FROM pg_catalog.pg_attribute a
                                   WHERE a.attrelid >= 16384 AND a.attcollation NOT IN (0, ${DEFAULT_COLLATION}))))
           ${own}) f
     WHERE f.locale NOT IN ('C', 'POSIX') ORDER BY 1 NULLS FIRST LIMIT ${MOST_NAMES}`,
  );
  return rows;
}

/** Where a locale's name stands has changed from version to version. */
export function localeOf(alias: string, prefix: 'coll' | 'dat'): string {
  return `coalesce(pg_catalog.to_jsonb(${alias}) ->> '${prefix}locale', pg_catalog.to_jsonb(${alias}) ->> '${prefix}iculocale',
                   pg_catalog.to_jsonb(${alias}) ->> '${prefix}collate')`;
}
