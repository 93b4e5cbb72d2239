import { Announcement } from '../announcements/announcements.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';

/** It has another status, or was taken up: as it is now. */
export const rollbackMoved = new Announcement<RollbackLogEntity>('a rollback has got on');

/** Of an environment, by its id, whose row is locked: whoever changes it refuses. */
export const rollbackOrder = new Announcement<string>('a rollback of an environment is about to be ordered');
