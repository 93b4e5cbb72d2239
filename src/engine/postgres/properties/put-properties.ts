import type pg from 'pg';
import { readXmin, requireClosedSince } from '../connection/closed-database.js';
import { withConnection } from '../connection/connect.js';
import type { DatabaseAddress } from '../connection/database-address.js';
import {
  type DatabasePrivilege,
  type DatabaseProperties,
  type DatabaseSetting,
  differingProperties,
  type PropertiesSource,
  readProperties,
  wantedProperties,
} from './database-properties.js';
import { valuesOfSetting } from '../sql/guc-list.js';
import { isRefusal } from '../connection/postgres-errors.js';
import { quoteIdentifier, quoteLiteral } from '../sql/quote.js';
import { DDL_SETTINGS } from '../connection/session-settings.js';

/**
 * These decide who a session is and what is loaded into it. Ours are not to be told, so these come last, with
 * `putProperties`.
 */
export const OF_THE_SESSION: readonly string[] = [
  'role',
  'session_authorization',
  'session_preload_libraries',
  'local_preload_libraries',
];

/** A setting that the server, or our role's rights, do not allow for a database. */
export interface LeftOutSetting extends Pick<DatabaseSetting, 'role' | 'name'> {
  /** PostgreSQL's own words. They name the parameter; a value that is not accepted is in them, unless it may be a secret. */
  reason: string;
}

/**
 * Puts a snapshot's settings on a database that was just created, before anybody connects to it: what literals,
 * functions and defaults mean may depend on them. What cannot be set is left out and returned, with the reason; the
 * others are returned as `settings`: these are what the database is to have in the end. Rejects with an `EngineError`
 * when the server cannot be worked with, or with `signal.reason`.
 */
export async function putSettings(
  address: DatabaseAddress,
  database: string,
  settings: readonly DatabaseSetting[],
  options: { signal?: AbortSignal } = {},
): Promise<{ settings: DatabaseSetting[]; leftOut: LeftOutSetting[] }> {
  const put: DatabaseSetting[] = [];
  const leftOut: LeftOutSetting[] = [];
  if (settings.length === 0) return { settings: put, leftOut };
  await withConnection(address, { signal: options.signal, settings: DDL_SETTINGS }, async (client) => {
    const target = quoteIdentifier(database);
    for (const setting of settings) {
      try {
        // Each on its own: one that is refused takes no other with it.
        await client.query(setStatement(setting, target));
        if (OF_THE_SESSION.includes(setting.name)) await client.query(resetStatement(setting, target));
        put.push(setting);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        leftOut.push({ role: setting.role, name: setting.name, reason: reasonOf(error, setting) });
      }
    }
  });
  return { settings: put, leftOut };
}

/**
 * Gives a database that is to take the live one's place what belongs to the database itself: privileges, and settings,
 * connection limit and comment as `source` says (see `wantedProperties`). All or none, and nothing where they agree. `address.database` is the database the statements are
 * sent from. The owner is given when a database is created and is not changed here. Rejects with an `EngineError` when
 * the role may not, and with `EngineError('cutover-failed')` when the database is none that nobody entered since
 * `closedXmin` (see `ClosedDatabase`). Resolves to what that is from now on.
 */
export async function putProperties(
  address: DatabaseAddress,
  databases: { liveOid: number; shadowOid: number; shadow: string },
  options: { source?: PropertiesSource; closedXmin?: string | undefined; signal?: AbortSignal } = {},
): Promise<string> {
  const { source = 'live', closedXmin, signal } = options;
  const { liveOid, shadowOid, shadow } = databases;
  return withConnection(address, { signal, settings: DDL_SETTINGS }, async (client) => {
    await client.query('BEGIN');
    try {
      if (closedXmin !== undefined) await requireClosedSince(client, { shadow, shadowOid, closedXmin });
      const live = await readProperties(client, liveOid);
      const present = await readProperties(client, shadowOid);
      await change(client, wantedProperties(live, present, source), present, shadow);
      const xmin = await readXmin(client, shadowOid);
      await client.query('COMMIT');
      return xmin;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}

async function change(
  client: pg.ClientBase,
  wanted: DatabaseProperties,
  present: DatabaseProperties,
  name: string,
): Promise<void> {
  const target = quoteIdentifier(name);
  const differing = differingProperties(wanted, present);
  if (differing.includes('privileges')) await changePrivileges(client, wanted, present, target);
  if (differing.includes('settings')) await changeSettings(client, wanted.settings, present.settings, target);
  if (differing.includes('connectionLimit')) {
    await client.query(`ALTER DATABASE ${target} CONNECTION LIMIT ${wanted.connectionLimit}`);
  }
  if (differing.includes('comment')) {
    const comment = wanted.comment === null ? 'NULL' : quoteLiteral(wanted.comment);
    await client.query(`COMMENT ON DATABASE ${target} IS ${comment}`);
  }
}

async function changePrivileges(
  client: pg.ClientBase,
  wanted: DatabaseProperties,
  present: DatabaseProperties,
  target: string,
): Promise<void> {
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
}

/** Only where they differ: what stays may be something that our role may not set. */
async function changeSettings(
  client: pg.ClientBase,
  wanted: readonly DatabaseSetting[],
  present: readonly DatabaseSetting[],
  target: string,
): Promise<void> {
  const isIn = (settings: readonly DatabaseSetting[], { role, name, value }: DatabaseSetting) =>
    settings.some((other) => other.role === role && other.name === name && other.value === value);
  for (const setting of present.filter((each) => !isIn(wanted, each))) {
    await client.query(resetStatement(setting, target));
  }
  for (const setting of wanted.filter((each) => !isIn(present, each)))
    await client.query(setStatement(setting, target));
}

/** `target`: the database's name as SQL. */
export function setStatement(setting: DatabaseSetting, target: string): string {
  const values = valuesOfSetting(setting.name, setting.value).map(quoteLiteral);
  return `${alter(setting, target)} SET ${quoteIdentifier(setting.name)} TO ${values.join(', ') || "''"}`;
}

function resetStatement(setting: DatabaseSetting, target: string): string {
  return `${alter(setting, target)} RESET ${quoteIdentifier(setting.name)}`;
}

function alter({ role }: Pick<DatabaseSetting, 'role'>, target: string): string {
  return role === null ? `ALTER DATABASE ${target}` : `ALTER ROLE ${quoteIdentifier(role)} IN DATABASE ${target}`;
}

function grantStatement(grant: DatabasePrivilege, target: string): string {
  const option = grant.grantable ? ' WITH GRANT OPTION' : '';
  return `GRANT ${grant.privilege} ON DATABASE ${target} TO ${roleName(grant.grantee)}${option}`;
}

function roleName(role: string | null): string {
  return role === null ? 'PUBLIC' : quoteIdentifier(role);
}

/** A parameter of somebody's own may be a secret, and an extension that checks it may repeat it. */
function reasonOf(error: Error, { name, value }: DatabaseSetting): string {
  return name.includes('.') && value !== '' ? error.message.replaceAll(value, '…') : error.message;
}
