import { withConnection } from './connect.js';
import type { DatabaseAddress } from './database-address.js';
import { DDL_SETTINGS } from './session-settings.js';
import { quoteIdentifier } from '../sql/quote.js';

/**
 * Opens or closes a database for new sessions; those that are there stay. `address.database` is
 * another database, from which the statement is sent.
 */
export async function allowConnections(address: DatabaseAddress, database: string, allowed: boolean): Promise<void> {
  await withConnection(address, { settings: DDL_SETTINGS }, (client) =>
    client.query(`ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS ${allowed}`),
  );
}
