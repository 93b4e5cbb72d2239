import { Announcement } from '../announcements/announcements.js';
import type { KeeperItemEntity } from './keeper-item.entity.js';

/** It has failed for long, or in a way that only a person can mend; before that it had not. */
export const attentionBegan = new Announcement<KeeperItemEntity>('something needs a person');
