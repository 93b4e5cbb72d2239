import { withConnection } from '../../src/engine/postgres/connection/connect.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { DDL_SETTINGS } from '../../src/engine/postgres/connection/session-settings.js';
import { quoteIdentifier } from '../../src/engine/postgres/sql/quote.js';

/**
 * Opens or closes a database for new sessions; those that are there stay. `address.database` is
 * another database, from which the statement is sent.
 */
export async function allowConnections(address: DatabaseAddress, database: string, allowed: boolean): Promise<void> {
  await withConnection(address, { settings: DDL_SETTINGS }, (client) =>
    client.query(`ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS ${allowed}`),
  );
}
