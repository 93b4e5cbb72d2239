import type { NewKeeperItem } from '../../keeper/upkeep.js';
import type { EnvironmentEntity } from '../environments/environment.entity.js';

/** What could not be removed beside an environment's live state, by name: what the keeper needs to remove it later. */
export interface LeftBeside {
  keptDatabase: string | null;
  keptDirectory: string | null;
}

/** For the keeper's kind `left-over`. `subject` tells it from others; one without `/` is the id of a rollback. */
export function leftBeside(
  { id, projectId, pool }: Pick<EnvironmentEntity, 'id' | 'projectId' | 'pool'>,
  subject: string,
  left: LeftBeside & Record<string, unknown>,
): NewKeeperItem {
  return { subject, projectId, environmentId: id, pool, data: { ...left } };
}
