import type { DatabasePropertiesEntry } from '../../vault/manifests/manifest-database.js';
import { EngineError } from '../engine-error.js';
import { withConnection } from '../postgres/connection/connect.js';
import type { DatabaseAddress } from '../postgres/connection/database-address.js';
import { firstThatConnects } from '../postgres/connection/maintenance-database.js';
import { explained, sqlState } from '../postgres/connection/postgres-errors.js';
import { DDL_SETTINGS } from '../postgres/connection/session-settings.js';
import { localeOptions } from '../postgres/databases/database-locale.js';
import { dropDatabaseIfExists } from '../postgres/databases/drop-database.js';
import { shadowDatabaseName } from '../postgres/databases/shadow-database.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/sql/quote.js';

/** Where a role can connect to on any server, more or less. */
const OTHERS = ['postgres', 'template1'];
const DROP_TIMEOUT_MS = 60_000;
const DUPLICATE = '42P04';

/** Rejects with `EngineError('place-taken')` when there is such a database, and as connecting does. */
export async function requireNoDatabase(address: DatabaseAddress): Promise<void> {
  const { found } = await lookAt(await maintenanceOf(address), address.database);
  if (found) throw taken(address);
}

/**
 * Makes an empty database, with encoding and locale as they were captured, of which its comment says that Snapback has made it for the environment with
 * this id. Done before for the same, it does nothing. It is made under another name and gets its own in the last step, so that one that is there is never
 * taken for it. Rejects with `EngineError('place-taken')`, and as the database does.
 */
export async function provisionDatabase(
  address: DatabaseAddress,
  id: string,
  properties: DatabasePropertiesEntry,
): Promise<void> {
  const maintenance = await maintenanceOf(address);
  const { found, isOurs } = await lookAt(maintenance, address.database, id);
  if (isOurs) return;
  if (found) throw taken(address);
  const making = shadowDatabaseName(id);
  await dropDatabaseIfExists(maintenance, making, { timeoutMs: DROP_TIMEOUT_MS });
  await withConnection(maintenance, { settings: DDL_SETTINGS }, async (client) => {
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    const major = Math.floor(Number(rows[0]!.server_version_num) / 10_000);
    const locale = {
      ...{ encoding: properties.encoding, collate: properties.collate, ctype: properties.ctype },
      localeProvider: properties.localeProvider as 'libc' | 'icu' | 'builtin',
      ...{ providerLocale: properties.locale ?? null, icuRules: null },
    };
    const name = quoteIdentifier(making);
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ${localeOptions(locale, major)}`);
    await client.query(`COMMENT ON DATABASE ${name} IS ${quoteLiteral(`Made by Snapback for the environment ${id}.`)}`);
    await client
      .query(`ALTER DATABASE ${name} RENAME TO ${quoteIdentifier(address.database)}`)
      .catch((error: unknown) => {
        throw sqlState(error) === DUPLICATE ? taken(address) : explained(error, address);
      });
  });
}

/**
 * Drops the database that was made for the environment with this id, and what was made half; nothing there is no error. Rejects with
 * `EngineError('place-taken')` for one of which its comment does not say that Snapback has made it for this.
 */
export async function removeProvisionedDatabase(address: DatabaseAddress, id: string): Promise<void> {
  const maintenance = await maintenanceOf(address);
  await dropDatabaseIfExists(maintenance, shadowDatabaseName(id), { timeoutMs: DROP_TIMEOUT_MS });
  const { found, isOurs } = await lookAt(maintenance, address.database, id);
  if (!found) return;
  if (!isOurs) throw notOurs(address);
  await dropDatabaseIfExists(maintenance, address.database, { timeoutMs: DROP_TIMEOUT_MS });
}

async function maintenanceOf(address: DatabaseAddress): Promise<DatabaseAddress> {
  const others = OTHERS.filter((name) => name !== address.database);
  const database = await firstThatConnects(address, others);
  if (database !== null) return { ...address, database };
  // Says what is in the way.
  await withConnection({ ...address, database: others[0]! }, {}, async () => undefined);
  throw new EngineError('database-unreachable', 'The role can connect to no database of the server.');
}

async function lookAt(
  maintenance: DatabaseAddress,
  name: string,
  id?: string,
): Promise<{ found: boolean; isOurs: boolean }> {
  return withConnection(maintenance, { settings: DDL_SETTINGS }, async (client) => {
    const { rows } = await client.query<{ comment: string | null }>(
      `SELECT pg_catalog.shobj_description(oid, 'pg_database') AS comment FROM pg_catalog.pg_database WHERE datname = $1`,
      [name],
    );
    const [row] = rows;
    return { found: row !== undefined, isOurs: id !== undefined && row?.comment?.includes(id) === true };
  });
}

function taken({ database }: DatabaseAddress): EngineError {
  return new EngineError('place-taken', `There is a database "${database}" already; name one that is not there yet.`);
}

function notOurs({ database }: DatabaseAddress): EngineError {
  return new EngineError(
    'place-taken',
    `The comment of the database "${database}" does not say that Snapback has made it for this environment; drop it yourself.`,
  );
}
