import type { Pool, PoolClient } from 'pg';

/** What the catalogue needs of a pool of connections. A pooler in between has to keep sessions apart. */
export type Connections = Pick<Pool, 'connect' | 'query'>;

/**
 * Runs `work` in one transaction. Read committed, whatever the server's default: a row that was locked is then seen
 * as it is, not as it was. Synchronous, whatever the default: objects are deleted on the word of what is committed.
 */
export async function inTransaction<T>(connections: Connections, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await connections.connect();
  client.on('error', ignore);
  try {
    const result = await transaction(client, () => work(client));
    client.off('error', ignore);
    client.release();
    return result;
  } catch (error) {
    // Nobody knows what state the connection is in; if it was lost, it may yet emit an error of its own.
    client.release(true);
    throw error;
  }
}

/** The same on a connection one has. Whether a transaction that failed was rolled back is not certain. */
export async function transaction<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit TO on');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The first error is the one to report.
    await client.query('ROLLBACK').catch(ignore);
    throw error;
  }
}

/** For a connection's 'error' event: the query under way rejects with the same error. */
export function ignore(): void {}
