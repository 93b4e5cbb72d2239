import type { Client } from 'pg';
import { EngineError } from '../../engine-error.js';
import { withConnection } from '../connection/connect.js';
import type { DatabaseAddress } from '../connection/database-address.js';
import { DDL_SETTINGS } from '../connection/session-settings.js';
import { sqlState } from '../connection/postgres-errors.js';
import { quoteIdentifier } from '../sql/quote.js';

/** Beyond what the server is given for a statement, before its connection is given up as well. */
const GRACE_MS = 2_000;
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Drops a database and ends its sessions; resolves as well when there is none. `address.database` must
 * be another one. May also be called for a database that an interrupted DROP has left unusable
 * (`datconnlimit` -2). Rejects with an `EngineError` after `timeoutMs`: dropping makes a checkpoint and
 * waits for every backend of the server, so it never belongs into anything that is in a hurry.
 */
export async function dropDatabaseIfExists(
  address: DatabaseAddress,
  name: string,
  options: { timeoutMs: number },
): Promise<void> {
  if (name === address.database) throw new TypeError('A database cannot be dropped from inside.');
  const settings = { ...DDL_SETTINGS, statement_timeout: String(options.timeoutMs) };
  const late = AbortSignal.timeout(options.timeoutMs + GRACE_MS);
  try {
    await withConnection(address, { settings, signal: late }, (client) => drop(client, name));
  } catch (error) {
    if (!late.aborted) throw error;
    const seconds = options.timeoutMs / 1_000;
    throw new EngineError('database-error', `The database "${name}" could not be dropped within ${seconds} s.`, {
      cause: error,
    });
  }
}

async function drop(client: Client, name: string): Promise<void> {
  const statement = `DROP DATABASE IF EXISTS ${quoteIdentifier(name)}`;
  try {
    await client.query(`${statement} WITH (FORCE)`);
  } catch (error) {
    if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    // FORCE ends all processes in the database or none, and autovacuum belongs to nobody we may speak for.
    // Without it the server sends autovacuum away by itself; the sessions we may end, we end first.
    await endSessions(client, name);
    await client.query(statement);
  }
}

async function endSessions(client: Client, name: string): Promise<void> {
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'",
    [name],
  );
  // One a statement: a session that is not ours to end must not save the others. DROP then says who is in the way.
  for (const { pid } of rows) await client.query('SELECT pg_terminate_backend($1)', [pid]).catch(() => undefined);
}
