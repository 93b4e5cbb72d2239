import { Announcement } from '../announcements/announcements.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';

/** It has another status, or was taken up: as it is now. */
export const rollbackMoved = new Announcement<RollbackLogEntity>('a rollback has got on');
