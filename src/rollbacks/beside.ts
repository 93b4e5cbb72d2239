import { lstat, realpath } from 'node:fs/promises';
import { keptDirectoryName, stagedDirectoryName } from '../engine/filestore/exchange.js';
import { withConnection } from '../engine/postgres/connect.js';
import type { DatabaseAddress } from '../engine/postgres/database-address.js';
import { keptDatabaseName, shadowDatabaseName } from '../engine/postgres/shadow-database.js';
import type { EnvironmentPlaces } from '../projects/environment-connections.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';

/** What lies beside the live state, by name. */
export type Beside = Pick<RollbackLogEntity, 'keptDatabase' | 'keptDirectory'>;

/** Databases from which others can be looked up: the live one may be closed. */
const LOOKOUTS = ['postgres', 'template1'];
const ATTEMPT_IN_DATABASE = /_([0-9a-f]{32})$/;
const ATTEMPT_IN_DIRECTORY = /-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The names under which an attempt builds beside the live state: written down before anything is built. */
export async function namesBeside(
  attemptId: string,
  withDatabase: boolean,
  filestore: string | undefined,
): Promise<Beside> {
  return {
    keptDatabase: withDatabase ? shadowDatabaseName(attemptId) : null,
    keptDirectory: filestore === undefined ? null : stagedDirectoryName(await realpath(filestore), attemptId),
  };
}

/**
 * The names of what a cutover that was cut short has left beside the live state. What was written down
 * is what was built; a swap gives what it replaces another name. Rejects when nobody can look.
 */
export async function namesLeft(noted: Beside, { database, filestore }: EnvironmentPlaces): Promise<Beside> {
  const hex = ATTEMPT_IN_DATABASE.exec(noted.keptDatabase ?? '')?.[1];
  const uuid = ATTEMPT_IN_DIRECTORY.exec(noted.keptDirectory ?? '')?.[1];
  return {
    keptDatabase:
      hex === undefined || database === undefined
        ? noted.keptDatabase
        : await existingDatabase(database, [shadowDatabaseName(hex), keptDatabaseName(hex)]),
    keptDirectory:
      uuid === undefined || filestore === undefined
        ? noted.keptDirectory
        : await existingPath([stagedDirectoryName(filestore, uuid), keptDirectoryName(filestore, uuid)]),
  };
}

async function existingDatabase(address: DatabaseAddress, names: string[]): Promise<string | null> {
  let refusal: unknown;
  for (const database of new Set([...LOOKOUTS, address.database])) {
    try {
      return await withConnection(address, { database }, async (client) => {
        const sql = 'SELECT datname::text AS name FROM pg_database WHERE datname = ANY($1)';
        const { rows } = await client.query<{ name: string }>(sql, [names]);
        return rows[0]?.name ?? null;
      });
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

async function existingPath(paths: string[]): Promise<string | null> {
  for (const path of paths) {
    if (await lstat(path).catch(() => undefined)) return path;
  }
  return null;
}
