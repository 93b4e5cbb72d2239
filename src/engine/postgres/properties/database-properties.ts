import type pg from 'pg';

/**
 * What belongs to a database itself rather than to what is in it, and would be lost when another one
 * takes its name. Read with `readProperties`, put on another database with `putProperties`.
 */
export interface DatabaseProperties extends StateProperties {
  owner: string;
  /** In the order in which they were granted; PostgreSQL's defaults are written out. */
  privileges: DatabasePrivilege[];
}

/** Of these, what a deployment may have changed, and a snapshot can bring back. */
export interface StateProperties {
  settings: DatabaseSetting[];
  comment: string | null;
  /** -1 is none. */
  connectionLimit: number;
}

/**
 * Where a database that takes the live one's place has its `StateProperties` from: what the live one has when they
 * are swapped, what it has itself already (a previous state that is swapped back), or these.
 */
export type PropertiesSource = 'live' | 'own' | StateProperties;

export interface DatabasePrivilege {
  grantor: string;
  /** null is everybody. */
  grantee: string | null;
  privilege: string;
  grantable: boolean;
}

export interface DatabaseSetting {
  /** Whose sessions it applies to; null is everybody's. */
  role: string | null;
  name: string;
  value: string;
}

/** The properties of the database with this oid; throws when there is none. */
export async function readProperties(client: pg.ClientBase, oid: number): Promise<DatabaseProperties> {
  const { rows } = await client.query<Pick<DatabaseProperties, 'owner' | 'connectionLimit' | 'comment'>>(
    `SELECT pg_get_userbyid(datdba)::text AS owner, datconnlimit AS "connectionLimit",
            shobj_description(oid, 'pg_database') AS comment
     FROM pg_database WHERE oid = $1`,
    [oid],
  );
  const privileges = await client.query<DatabasePrivilege>(
    `SELECT pg_get_userbyid(acl.grantor)::text AS grantor,
            CASE WHEN acl.grantee <> 0 THEN pg_get_userbyid(acl.grantee)::text END AS grantee,
            acl.privilege_type AS privilege, acl.is_grantable AS grantable
     FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) WITH ORDINALITY AS acl
     WHERE oid = $1 ORDER BY acl.ordinality`,
    [oid],
  );
  const settings = await client.query<{ role: string | null; entry: string }>(
    `SELECT CASE WHEN setrole <> 0 THEN pg_get_userbyid(setrole)::text END AS role, entry
     FROM pg_db_role_setting, unnest(setconfig) AS entry WHERE setdatabase = $1`,
    [oid],
  );
  if (!rows[0]) throw new Error(`There is no database with the oid ${oid}.`);
  return {
    ...rows[0],
    privileges: privileges.rows,
    settings: settings.rows.map(({ role, entry }) => ({ role, ...splitSetting(entry) })),
  };
}

/**
 * What a database that takes the live one's place is to have. Owner and privileges belong to the place, and are
 * always the live one's: a rollback lets nobody in. Where the rest comes from is said by `source`. Pure.
 */
export function wantedProperties(
  live: DatabaseProperties,
  present: DatabaseProperties,
  source: PropertiesSource,
): DatabaseProperties {
  const { settings, comment, connectionLimit } = source === 'live' ? live : source === 'own' ? present : source;
  return { owner: live.owner, privileges: live.privileges, settings, comment, connectionLimit };
}

/** The names of the properties in which two databases differ; the order of grants and settings does not matter. */
export function differingProperties(a: DatabaseProperties, b: DatabaseProperties): (keyof DatabaseProperties)[] {
  const names = ['owner', 'connectionLimit', 'comment', 'privileges', 'settings'] as const;
  return names.filter((name) => canonical(a[name]) !== canonical(b[name]));
}

/** A setting as it is stored (`name=value`), in its two parts. */
export function splitSetting(entry: string): { name: string; value: string } {
  const end = entry.indexOf('=');
  return { name: entry.slice(0, end), value: entry.slice(end + 1) };
}

function canonical(value: DatabaseProperties[keyof DatabaseProperties]): string {
  return Array.isArray(value)
    ? value
        .map((item) => JSON.stringify(item))
        .toSorted()
        .join('\n')
    : JSON.stringify(value);
}
