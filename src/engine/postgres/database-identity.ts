import { withConnection } from './connect.js';
import type { DatabaseAddress } from './database-address.js';

/** Which database of which running server stands behind an address, whatever the address calls it. */
export interface DatabaseIdentity {
  /** Null where the role may not ask. A server that was cloned, and its standbys, have the same. */
  systemIdentifier: string | null;
  /** When the server was started, in microseconds: tells it from its clones. */
  startedAt: string;
  oid: number;
}

/** Rejects with an `EngineError`, or with `signal.reason`. Holds only as long as the server runs on. */
export async function identifyDatabase(
  address: DatabaseAddress,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<DatabaseIdentity> {
  return withConnection(address, options, async (client) => {
    const { rows } = await client.query<{ startedAt: string; oid: number; mayIdentify: boolean }>(
      `SELECT (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::int8::text AS "startedAt", d.oid,
              pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS "mayIdentify"
         FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`,
    );
    const { startedAt, oid, mayIdentify } = rows[0]!;
    if (!mayIdentify) return { systemIdentifier: null, startedAt, oid };
    const { rows: systems } = await client.query<{ id: string }>(
      'SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()',
    );
    return { systemIdentifier: systems[0]!.id, startedAt, oid };
  });
}

export function isSameDatabase(one: DatabaseIdentity, other: DatabaseIdentity): boolean {
  const system = [one.systemIdentifier, other.systemIdentifier];
  return (
    one.oid === other.oid && one.startedAt === other.startedAt && (system.includes(null) || system[0] === system[1])
  );
}
