import { EngineError } from '../../../engine-error.js';
import { withConnection } from '../../../postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import type { LockedRelation } from '../tables/inventory.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

/** Why no cut of these tables came to be, in a sentence that names one of them. */
export async function tablesBusy(
  address: DatabaseAddress,
  { tables, changed, error }: { tables: readonly LockedRelation[]; changed?: LockedRelation; error?: unknown },
  context: { signal: AbortSignal },
): Promise<EngineError> {
  const culprit = changed ?? (await lockedTable(address, tables, context));
  const table = culprit ? `the table ${qualifiedName(culprit)}` : `a table or sequence`;
  return new EngineError(
    'tables-busy',
    `In the database "${address.database}" ${table} is being changed or locked all the time; wait for the migration to end, or stop what locks it, and take the snapshot again.`,
    { cause: error },
  );
}

/** A table of these that somebody holds, or waits to hold, for themselves. */
async function lockedTable(
  address: DatabaseAddress,
  tables: readonly LockedRelation[],
  context: { signal: AbortSignal },
): Promise<LockedRelation | undefined> {
  const { rows } = await withConnection(address, { signal: context.signal }, (client) =>
    client.query<{ relation: number }>(
      `SELECT relation FROM pg_catalog.pg_locks
       WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
         AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
       ORDER BY granted DESC`,
    ),
  );
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  return rows.map(({ relation }) => byOid.get(relation)).find((table) => table !== undefined);
}
