import { withConnection } from '../connection/connect.js';
import type { DatabaseAddress } from '../connection/database-address.js';
import type { DatabaseFacts } from './database-facts.js';
import { localeOptions } from './database-locale.js';
import { DDL_SETTINGS } from '../connection/session-settings.js';
import { quoteIdentifier } from '../sql/quote.js';

/** The database being rebuilt by the attempt with this id (a uuid): never too long, never another one's. */
export function shadowDatabaseName(id: string): string {
  return `snapback_shadow_${hexOf(id)}`;
}

/** The name the live database gets when the shadow takes its place. */
export function keptDatabaseName(id: string): string {
  return `snapback_kept_${hexOf(id)}`;
}

function hexOf(id: string): string {
  const hex = id.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) throw new TypeError('Database names are derived from a uuid.');
  return hex;
}

/**
 * Creates an empty database with encoding, locale, tablespace and owner of the live one, which nobody can enter: it
 * allows no connections (see `enterAndClose`). `address.database` is the database the statements are sent from. Privileges
 * and settings follow with `putSettings` and `putProperties`: some of them would get in the way of a restore.
 * Resolves to its oid.
 */
export async function createShadowDatabase(
  address: DatabaseAddress,
  like: DatabaseFacts,
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<number> {
  options.signal?.throwIfAborted();
  // Not to be aborted: a CREATE DATABASE whose connection is gone still creates it, after we cleaned up.
  return withConnection(address, { settings: DDL_SETTINGS }, async (client) => {
    const shadow = quoteIdentifier(name);
    // template0 lies in pg_default; only to lie elsewhere needs, and is checked for, a privilege.
    const tablespace = like.tablespace === 'pg_default' ? '' : ` TABLESPACE ${quoteIdentifier(like.tablespace)}`;
    await client.query(
      `CREATE DATABASE ${shadow} TEMPLATE template0 OWNER ${quoteIdentifier(like.owner)} ${localeOptions(like, like.major)}${tablespace} ALLOW_CONNECTIONS false`,
    );
    await client.query(`REVOKE ALL ON DATABASE ${shadow} FROM PUBLIC`);
    const { rows } = await client.query<{ oid: number }>('SELECT oid FROM pg_database WHERE datname = $1', [name]);
    return rows[0]!.oid;
  });
}
