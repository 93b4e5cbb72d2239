import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';

type Rules = Pick<EnvironmentEntity, 'name' | 'neutralizeSql' | 'neutralizePaths'>;
type Parts = Pick<SnapshotEntity, 'databaseBytes' | 'filestoreBytes'>;

/** Why a snapshot cannot be made harmless by an environment's rules, a sentence; null when it can. As a rollback into it would say it. */
export function neutralizeGap({ name, neutralizeSql, neutralizePaths }: Rules, snapshot: Parts): string | null {
  if (snapshot.databaseBytes !== null && neutralizeSql === null)
    return `The environment ${name} has no neutralizeSql; give it one, by which the data is made harmless.`;
  if (snapshot.filestoreBytes !== null && neutralizePaths === null) {
    const none = 'an empty list says that none has to change';
    return `The environment ${name} has no neutralizePaths; give it some, by which files are made harmless (${none}).`;
  }
  return null;
}
