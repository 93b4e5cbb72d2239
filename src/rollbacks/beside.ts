import { realpath } from 'node:fs/promises';
import { stagedDirectoryName } from '../engine/filestore/exchange.js';
import { shadowDatabaseName } from '../engine/postgres/shadow-database.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';

/** What lies beside the live state, by name. */
export type Beside = Pick<RollbackLogEntity, 'keptDatabase' | 'keptDirectory'>;

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
