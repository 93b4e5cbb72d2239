import type { DatabaseFacts } from '../../engine/postgres/databases/database-facts.js';
import type { StagedFilestore } from '../../engine/restore/staging/staged.js';
import type { StageRequest } from '../../engine/restore/staging/stage-request.js';
import type { EnvironmentPlaces } from '../../projects/connections/environment-connections.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { rulesOf } from '../../projects/environments/neutralizing.js';
import type { EffectiveSettings } from '../../settings/settings-reader.js';
import type { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import { stagedDirectoryOf } from '../../engine/filestore/paths/states-place.js';
import { shadowDatabaseName } from '../../engine/postgres/databases/shadow-database.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';

export interface ToStage {
  attemptId: string;
  snapshot: Pick<SnapshotEntity, 'id' | 'projectId' | 'environmentId' | 'filestoreBytes'>;
  target: Pick<EnvironmentEntity, 'id' | 'neutralizeSql' | 'neutralizePaths'>;
  /** Of the target. */
  places: EnvironmentPlaces;
  /** Left out when the database is not part of the rollback. */
  databaseFacts: DatabaseFacts | undefined;
  /** Of the directory when it was looked at; undefined when nobody could. */
  inode: string | undefined;
  neutralize: boolean;
  settings: Pick<EffectiveSettings, 'verifyRestored'>;
  /** Whose settings, comment and connection limit the database has afterwards. */
  properties: 'captured' | 'live';
}

/** What a rollback has rebuilt beside the live state, and how it is compared. Pure. */
export function stageRequestOf(what: ToStage): StageRequest {
  const { attemptId, snapshot, target, places, databaseFacts, inode, neutralize, settings, properties } = what;
  const { verifyRestored } = settings;
  const compareAll = verifyRestored === 'all';
  return {
    project: snapshot.projectId,
    snapshotId: snapshot.id,
    attemptId,
    ...(places.database &&
      databaseFacts && {
        database: {
          address: places.database,
          like: databaseFacts,
          keepOwnersAndPrivileges: snapshot.environmentId === target.id,
          properties,
          verification: verifyRestored,
          ...(neutralize && target.neutralizeSql !== null && { neutralizeSql: target.neutralizeSql }),
        },
      }),
    ...(places.filestore !== undefined &&
      snapshot.filestoreBytes !== null && {
        // Who wants every file compared wants it from the vault, too.
        filestore: {
          path: places.filestore,
          ...(inode && { inode }),
          reuseLive: !compareAll,
          compare: compareAll,
          ...(neutralize && target.neutralizePaths !== null && { neutralizePaths: rulesOf(target.neutralizePaths) }),
        },
      }),
  };
}

/** For the log. */
export const comparedStory: Record<EffectiveSettings['verifyRestored'], string> = {
  counts: 'Rows and files were counted.',
  sampled: 'Rows and files were counted, and every row of some tables compared.',
  all: 'Every row and every file was compared.',
};

/** How many files and bytes came out of the vault for a directory, whatever became of them. */
export function capturedIn({ files, bytes, neutralized }: StagedFilestore): { files: number; bytes: number } {
  const { removedFiles = 0, removedBytes = 0 } = neutralized ?? {};
  return { files: files + removedFiles, bytes: bytes + removedBytes };
}

/** For the log as well, behind `comparedStory`. */
export function neutralizedStory(filestore: StagedFilestore | undefined): string {
  if (filestore?.neutralized === undefined) return '';
  const { removedFiles, changedFiles } = filestore.neutralized;
  return ` To neutralise them, ${removedFiles} files were left out, and ${changedFiles} given another content.`;
}

/** What lies beside the live state, by name. */
export type Beside = Pick<RollbackLogEntity, 'keptDatabase' | 'keptDirectory'>;

/** The names under which an attempt builds beside the live state: written down before anything is built. */
export async function namesBeside({
  attemptId,
  database,
  filestore,
}: Pick<StageRequest, 'attemptId' | 'database' | 'filestore'>): Promise<Beside> {
  return {
    keptDatabase: database ? shadowDatabaseName(attemptId) : null,
    keptDirectory: filestore ? await stagedDirectoryOf(filestore.path, attemptId) : null,
  };
}
