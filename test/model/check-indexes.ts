import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { withConnection } from '../../src/engine/postgres/connection/connect.js';
import { READING_SETTINGS } from '../../src/engine/postgres/connection/session-settings.js';
import { Difference } from './compare-snapshots.js';

/**
 * Throws a `Difference` for a B-tree index that has not each row of its table: with an expression or a predicate that calls
 * a function it can be whole and wrong. Leaves an extension behind.
 */
export async function checkIndexes(address: DatabaseAddress): Promise<void> {
  await withConnection(address, { settings: READING_SETTINGS }, async (client) => {
    await client.query('CREATE SCHEMA model_amcheck; CREATE EXTENSION amcheck SCHEMA model_amcheck');
    const { rows } = await client.query<{ name: string; oid: number }>(
      `SELECT c.oid::regclass::text AS name, c.oid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
       JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE m.amname = 'btree' AND c.relkind = 'i' AND i.indisvalid AND i.indisready AND c.relpersistence = 'p' AND n.nspname !~ '^pg_'`,
    );
    for (const { name, oid } of rows) {
      await client
        .query(`SELECT model_amcheck.bt_index_check($1::oid::regclass, true)`, [oid])
        .catch((error: Error) => {
          throw new Difference(`restored, the index ${name} has not what its table has: ${error.message}`);
        });
    }
  });
}
