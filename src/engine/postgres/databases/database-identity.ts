import { withConnection } from '../connection/connect.js';
import type { DatabaseAddress } from '../connection/database-address.js';

/** Which database of which running server stands behind an address, whatever the address calls it. */
export interface DatabaseIdentity {
  /** Null where the role may not ask. A server that was cloned, and its replicas, have the same. */
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
  return withConnection(address, options, (client) =>
    readIdentity(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows),
  );
}

/** The same of the database that is asked by `query`, which gets one statement and gives its rows. */
export async function readIdentity(
  query: (sql: string) => Promise<Record<string, unknown>[]>,
): Promise<DatabaseIdentity> {
  const [row] = await query(
    `SELECT (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::int8::text AS "startedAt", d.oid,
            pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS "mayIdentify"
       FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`,
  );
  const { startedAt, oid, mayIdentify } = row as { startedAt: string; oid: number; mayIdentify: boolean };
  const [system] = mayIdentify
    ? await query('SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()')
    : [];
  return { systemIdentifier: system === undefined ? null : String(system['id']), startedAt, oid: Number(oid) };
}

export function isSameDatabase(one: DatabaseIdentity, other: DatabaseIdentity): boolean {
  const system = [one.systemIdentifier, other.systemIdentifier];
  return (
    one.oid === other.oid && one.startedAt === other.startedAt && (system.includes(null) || system[0] === system[1])
  );
}
