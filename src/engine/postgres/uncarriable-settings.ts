import type pg from 'pg';

/**
 * Names of the settings made for the database with this oid (`ALTER DATABASE … SET`, `ALTER ROLE … IN
 * DATABASE … SET`) that our role, which is no superuser, may not make for another database.
 */
export async function readUncarriableSettings(
  client: pg.ClientBase,
  databaseOid: number,
  major: number,
): Promise<string[]> {
  const granted = major >= 15 ? `has_parameter_privilege(s.name, 'SET')` : 'false';
  const administers = major >= 16 ? `pg_has_role(s.setrole, 'USAGE WITH ADMIN OPTION')` : 'true';
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT s.name
     FROM (SELECT setrole, split_part(entry, '=', 1) AS name
           FROM pg_db_role_setting, unnest(setconfig) AS entry WHERE setdatabase = $1) s
     JOIN pg_roles me ON me.rolname = current_user
     LEFT JOIN pg_roles r ON r.oid = s.setrole
     LEFT JOIN pg_settings p ON lower(p.name) = lower(s.name)
     WHERE NOT (coalesce(p.context, 'superuser') IN ('user', 'backend') OR ${granted})
        OR (s.setrole <> 0 AND s.setrole <> me.oid AND NOT (me.rolcreaterole AND NOT r.rolsuper AND ${administers}))
     ORDER BY 1`,
    [databaseOid],
  );
  return rows.map(({ name }) => name);
}
