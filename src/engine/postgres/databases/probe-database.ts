import { EngineError } from '../../engine-error.js';
import { withConnection } from '../connection/connect.js';
import type { DatabaseAddress } from '../connection/database-address.js';

export interface DatabaseProbe {
  /** As the server says it, e.g. `15.18 (Debian 15.18-0+deb12u1)`. */
  serverVersion: string;
  major: number;
  databaseBytes: number;
}

/**
 * Connects and asks for version and size, all within `timeoutMs`. Rejects with an `EngineError` that
 * says precisely what is wrong with the address.
 */
export async function probeDatabase(
  address: DatabaseAddress,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<DatabaseProbe> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  try {
    return await withConnection(address, { signal, timeoutMs: options.timeoutMs }, async (client) => {
      const { rows } = await client.query<{ version: string; number: string; bytes: string }>(
        `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
                pg_database_size(current_database()) AS bytes`,
      );
      const row = rows[0]!;
      return {
        serverVersion: row.version,
        major: Math.floor(Number(row.number) / 10_000),
        databaseBytes: Number(row.bytes),
      };
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!late.aborted) throw error;
    throw new EngineError(
      'database-unreachable',
      `PostgreSQL at ${address.host}:${address.port} did not answer within ${options.timeoutMs / 1000} s; check host and port, and that the server is not overloaded.`,
      { cause: error },
    );
  }
}
