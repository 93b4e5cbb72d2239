import type pg from 'pg';
import { valuesOfSetting } from './guc-list.js';
import { quoteIdentifier, quoteLiteral } from './quote.js';

/**
 * What belongs to a database itself rather than to what is in it, and would be lost when another one
 * takes its name. Read with `readProperties`, put on another database with `carryProperties`.
 */
export interface DatabaseProperties {
  owner: string;
  connectionLimit: number;
  comment: string | null;
  /** In the order in which they were granted; PostgreSQL's defaults are written out. */
  privileges: DatabasePrivilege[];
  settings: DatabaseSetting[];
}

interface DatabasePrivilege {
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
    settings: settings.rows.map(({ role, entry }) => {
      const end = entry.indexOf('=');
      return { role, name: entry.slice(0, end), value: entry.slice(end + 1) };
    }),
  };
}

/**
 * Gives the database `to` the wanted privileges, settings, connection limit and comment instead of its
 * present ones, all or none. The owner is given when a database is created and is not changed here.
 */
export async function carryProperties(
  client: pg.ClientBase,
  wanted: DatabaseProperties,
  present: DatabaseProperties,
  to: string,
): Promise<void> {
  const target = quoteIdentifier(to);
  await client.query('BEGIN');
  try {
    for (const role of new Set(present.privileges.map(({ grantee }) => grantee))) {
      await client.query(`REVOKE ALL ON DATABASE ${target} FROM ${roleName(role)} CASCADE`);
    }
    // What the owner granted comes first: others can only pass on what they were given.
    const ofOwner = wanted.privileges.filter(({ grantor }) => grantor === wanted.owner);
    const ofOthers = wanted.privileges.filter(({ grantor }) => grantor !== wanted.owner);
    for (const grant of ofOwner) await client.query(grantStatement(grant, target));
    for (const grant of ofOthers) {
      await client.query(`SET LOCAL ROLE ${quoteIdentifier(grant.grantor)}`);
      await client.query(grantStatement(grant, target));
      await client.query('RESET ROLE');
    }
    for (const setting of present.settings) {
      await client.query(`${alter(setting, target)} RESET ${quoteIdentifier(setting.name)}`);
    }
    for (const setting of wanted.settings) {
      const values = valuesOfSetting(setting.name, setting.value).map(quoteLiteral);
      await client.query(
        `${alter(setting, target)} SET ${quoteIdentifier(setting.name)} TO ${values.join(', ') || "''"}`,
      );
    }
    await client.query(`ALTER DATABASE ${target} CONNECTION LIMIT ${wanted.connectionLimit}`);
    await client.query(
      `COMMENT ON DATABASE ${target} IS ${wanted.comment === null ? 'NULL' : quoteLiteral(wanted.comment)}`,
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** The names of the properties in which two databases differ; the order of grants and settings does not matter. */
export function differingProperties(a: DatabaseProperties, b: DatabaseProperties): string[] {
  const names = ['owner', 'connectionLimit', 'comment', 'privileges', 'settings'] as const;
  return names.filter((name) => canonical(a[name]) !== canonical(b[name]));
}

function canonical(value: DatabaseProperties[keyof DatabaseProperties]): string {
  return Array.isArray(value)
    ? value
        .map((item) => JSON.stringify(item))
        .toSorted()
        .join('\n')
    : JSON.stringify(value);
}

function alter({ role }: DatabaseSetting, target: string): string {
  return role === null ? `ALTER DATABASE ${target}` : `ALTER ROLE ${quoteIdentifier(role)} IN DATABASE ${target}`;
}

function grantStatement(grant: DatabasePrivilege, target: string): string {
  const option = grant.grantable ? ' WITH GRANT OPTION' : '';
  return `GRANT ${grant.privilege} ON DATABASE ${target} TO ${roleName(grant.grantee)}${option}`;
}

function roleName(role: string | null): string {
  return role === null ? 'PUBLIC' : quoteIdentifier(role);
}
