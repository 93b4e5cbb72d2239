import type { ClientBase } from 'pg';
import { EngineError } from '../../engine-error.js';
import { withConnection } from './connect.js';
import type { DatabaseAddress } from './database-address.js';

/** Enough to get past databases that `pg_hba.conf` keeps us out of, without knocking at hundreds of doors. */
const MAX_TRIES = 10;
const TRY_TIMEOUT_MS = 5_000;

/**
 * Another database of the server the role can really connect to: a database cannot be renamed from
 * inside. `postgres` if possible, then `template1`, then any. Null when there is none.
 */
export async function findMaintenanceDatabase(
  address: DatabaseAddress,
  options: { signal?: AbortSignal } = {},
): Promise<string | null> {
  return firstThatConnects(address, await withConnection(address, options, readMaintenanceCandidates), options);
}

/** Names of those that it may be, by what the catalogue says; for whoever is connected already. */
export async function readMaintenanceCandidates(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname::text AS name FROM pg_database
     WHERE datname <> current_database() AND datallowconn AND datconnlimit <> -2
       AND datname NOT LIKE 'snapback\\_%' AND has_database_privilege(oid, 'CONNECT')
     ORDER BY datname <> 'postgres', datname <> 'template1', datname LIMIT $1`,
    [MAX_TRIES],
  );
  return rows.map(({ name }) => name);
}

/** The first of them that lets the role in; null when none does. */
export async function firstThatConnects(
  address: DatabaseAddress,
  candidates: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<string | null> {
  for (const database of candidates) {
    const connects = await withConnection(
      address,
      { ...options, database, timeoutMs: TRY_TIMEOUT_MS },
      async () => true,
    ).catch((error: unknown) => {
      if (error instanceof EngineError) return false;
      throw error;
    });
    if (connects) return database;
  }
  return null;
}
