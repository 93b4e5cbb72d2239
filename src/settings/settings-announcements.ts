import { Announcement } from '../announcements/announcements.js';

/** When snapshots are taken by themselves may have become another time, for these environments. */
export const scheduleChanged = new Announcement<{ projectId: string; environmentIds: readonly string[] }>(
  'schedules have changed',
);
