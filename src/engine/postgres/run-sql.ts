import { EngineError } from '../engine-error.js';
import { withConnection } from './connect.js';
import type { DatabaseAddress } from './database-address.js';

/**
 * Runs SQL that an operator wrote, any number of statements, all or nothing. The role's own
 * `search_path` applies, as it would in `psql`. Rejects with an `EngineError` that has PostgreSQL's
 * words, also when the SQL ends the transaction it runs in.
 */
export async function runSqlInOneTransaction(
  address: DatabaseAddress,
  database: string,
  sql: string,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const settings = { default_transaction_read_only: 'off', statement_timeout: '0' };
  await withConnection(address, { ...options, database, settings }, async (client) => {
    await client.query('BEGIN');
    const before = await transactionId(client.query('SELECT pg_catalog.pg_current_xact_id()::text AS id'));
    await client.query(sql);
    // A COMMIT in the SQL would have made what came before it permanent, whatever fails after it.
    const after = await transactionId(client.query('SELECT pg_catalog.pg_current_xact_id()::text AS id'));
    if (before !== after) {
      throw new EngineError('database-error', 'The SQL ended its transaction; leave BEGIN, COMMIT and ROLLBACK out.');
    }
    await client.query('COMMIT');
  });
}

async function transactionId(result: Promise<{ rows: { id: string }[] }>): Promise<string> {
  return (await result).rows[0]!.id;
}
