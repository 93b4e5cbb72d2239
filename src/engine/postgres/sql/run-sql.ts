import type { Client } from 'pg';
import { EngineError } from '../../engine-error.js';
import { applySettings } from '../connection/connect.js';
import type { DatabaseSetting } from '../properties/database-properties.js';
import { LASTING_SETTINGS } from '../connection/session-settings.js';

/**
 * Runs SQL that an operator wrote, any number of statements, all or nothing, as the application's role would run it in `psql`:
 * under the role's own settings and under `settings`, those of the database it will be, but for its timeouts. Rejects with the server's error, or with an
 * `EngineError` when the SQL ends the transaction it runs in.
 */
export async function runSqlInOneTransaction(
  client: Client,
  sql: string,
  settings: readonly DatabaseSetting[],
): Promise<void> {
  await client.query('RESET ALL');
  // A role's own setting in a database stands above that of everybody.
  for (const { name, value } of settings.toSorted((a, b) => Number(a.role !== null) - Number(b.role !== null))) {
    // One that the server does not know or the role may not set would not hold for the application either.
    await client.query('SELECT pg_catalog.set_config($1, $2, false)', [name, value]).catch(() => undefined);
  }
  await applySettings(client, { ...LASTING_SETTINGS, default_transaction_read_only: 'off' });
  await client.query('BEGIN');
  try {
    const before = await transactionId(client);
    await client.query(sql);
    // A COMMIT in the SQL would have made what came before it permanent, whatever fails after it.
    if ((await transactionId(client)) !== before) {
      throw new EngineError('database-error', 'The SQL ended its transaction; leave BEGIN, COMMIT and ROLLBACK out.');
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function transactionId(client: Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>('SELECT pg_catalog.pg_current_xact_id()::text AS id');
  return rows[0]!.id;
}
