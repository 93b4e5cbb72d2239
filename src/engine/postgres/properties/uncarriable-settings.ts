import type pg from 'pg';
import type { DatabaseSetting } from './database-properties.js';

/** A setting of a database, and whose sessions it is for. */
export type SettingName = Pick<DatabaseSetting, 'role' | 'name'>;

export interface UncarriableSetting extends SettingName {
  why: 'role-missing' | 'privilege-missing' | 'unknown';
}

/**
 * Which of these settings (`ALTER DATABASE … SET`, `ALTER ROLE … IN DATABASE … SET`) our role may not make for a database
 * of the server the client is connected to, or nobody can: the role they are for is not there, or the server knows no
 * such parameter. Sorted by name.
 */
export async function readUncarriableSettings(
  client: pg.ClientBase,
  settings: readonly SettingName[],
  major: number,
): Promise<UncarriableSetting[]> {
  if (settings.length === 0) return [];
  const granted = major >= 15 ? `pg_catalog.has_parameter_privilege(s.name, 'SET')` : 'false';
  const administers = major >= 16 ? `pg_catalog.pg_has_role(r.oid, 'USAGE WITH ADMIN OPTION')` : 'true';
  const { rows } = await client.query<UncarriableSetting>(
    `SELECT found.role, found.name, found.why
     FROM (SELECT s.role, s.name,
                  CASE WHEN s.role IS NOT NULL AND r.oid IS NULL THEN 'role-missing'
                       -- What nobody knows may be an application's own when there is a dot in it.
                       WHEN p.name IS NULL AND s.name !~ '[.]' AND s.name <> ALL ($2) THEN 'unknown'
                       WHEN me.rolsuper THEN NULL
                       WHEN NOT (s.name = ANY ($2) OR coalesce(p.context, 'superuser') IN ('user', 'backend') OR ${granted})
                         OR (r.oid <> me.oid AND NOT (me.rolcreaterole AND NOT r.rolsuper AND ${administers}))
                       THEN 'privilege-missing' END AS why
           FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS s (role pg_catalog.text, name pg_catalog.text)
           JOIN pg_catalog.pg_roles me ON me.rolname = current_user
           LEFT JOIN pg_catalog.pg_roles r ON r.rolname = s.role
           LEFT JOIN pg_catalog.pg_settings p ON pg_catalog.lower(p.name) = pg_catalog.lower(s.name)) found
     WHERE found.why IS NOT NULL ORDER BY found.name, found.role`,
    [JSON.stringify(settings.map(({ role, name }) => ({ role, name }))), NOT_LISTED],
  );
  return rows;
}

/** Anybody may set these, as far as they may be that role; `pg_settings` does not show them. */
const NOT_LISTED = ['role', 'session_authorization'];
