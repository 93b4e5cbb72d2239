import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import type { WorkContext } from '../../src/engine/progress.js';
import {
  type ClosedRestore,
  type DatabaseRestore,
  restoreDatabase,
} from '../../src/engine/restore/database/restore-database.js';
import { quoteIdentifier } from '../../src/engine/postgres/sql/quote.js';
import { query } from './database.js';

/** `restoreDatabase` into an empty database that is open before and after, for whoever wants to look into it. */
export async function restoreInto(
  restore: Omit<DatabaseRestore, 'maintenance' | 'oid'>,
  context: WorkContext,
): Promise<ClosedRestore> {
  const maintenance = { ...restore.address, database: 'postgres' };
  const { database } = restore.address;
  const name = quoteIdentifier(database);
  await query(maintenance, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  try {
    const [row] = await query<{ oid: number }>(maintenance, 'SELECT oid FROM pg_database WHERE datname = $1', [
      database,
    ]);
    return await restoreDatabase({ ...restore, maintenance, oid: row!.oid }, context);
  } finally {
    await query(maintenance, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  }
}

/** Lets everybody into a database that is closed until it is put in place, for whoever wants to look into it. */
export async function openToLook(address: DatabaseAddress): Promise<DatabaseAddress> {
  await query(
    { ...address, database: 'postgres' },
    `ALTER DATABASE ${quoteIdentifier(address.database)} ALLOW_CONNECTIONS true`,
  );
  return address;
}
