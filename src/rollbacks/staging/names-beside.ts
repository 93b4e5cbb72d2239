import { stagedDirectoryName } from '../../engine/filestore/paths/enclosure.js';
import { shadowDatabaseName } from '../../engine/postgres/databases/shadow-database.js';
import type { StageRequest } from '../../engine/restore/staging/stage-request.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';

/** What lies beside the live state, by name. */
export type Beside = Pick<RollbackLogEntity, 'keptDatabase' | 'keptDirectory'>;

/** The names under which an attempt builds beside the live state: written down before anything is built. */
export function namesBeside({
  attemptId,
  database,
  filestore,
}: Pick<StageRequest, 'attemptId' | 'database' | 'filestore'>): Beside {
  return {
    keptDatabase: database ? shadowDatabaseName(attemptId) : null,
    keptDirectory: filestore ? stagedDirectoryName(filestore.path, attemptId) : null,
  };
}
