import type { Pool, PoolClient } from 'pg';
import type { Connections } from '../../../src/vault/catalogue/postgres/connections.js';

/**
 * The pool with a say before each statement, on whatever connection it runs: `before` may wait, or end the connection, which
 * is given when it is the caller's own.
 */
export function watchedConnections(
  pool: Pool,
  before: (statement: string, client?: PoolClient) => Promise<void>,
): Connections {
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    return new Proxy(client, {
      get(target, name) {
        if (name === 'query') {
          return async (...values: [string]) => {
            const [query] = values as unknown[];
            await before(typeof query === 'string' ? query : (query as { text: string }).text, target);
            return target.query(...values);
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const query = async (...values: [string]) => {
    await before(typeof values[0] === 'string' ? values[0] : (values[0] as { text: string }).text);
    return pool.query(...values);
  };
  return { connect, query } as unknown as Connections;
}
