import { expect, it } from 'vitest';
import type { SnapshotSettings } from '../../../sdk/typescript/index.js';
import { settingsAnswer } from './settings-answer.js';

const nothing = { schedule: [], schedulePaused: false, autoEnabled: false, retentionDays: 30 };
const rules = { keepLast: 0, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, keepYearly: 0 };
const settings = (changes: Partial<SnapshotSettings> = {}) =>
  ({ ...nothing, ...rules, ...changes }) as SnapshotSettings;
const schedule = [{ cron: '0 3 * * *', timeZone: 'UTC' }];

it.each([
  [settings(), 'Nothing is taken by itself. All are kept for 30 days.'],
  [
    settings({ autoEnabled: true, retentionDays: 1 }),
    'A snapshot is taken before each deployment. All are kept for 1 day.',
  ],
  [
    settings({ schedule, autoEnabled: true, keepDaily: 14, keepMonthly: 12 }),
    'Snapshots are taken at 03:00 (UTC) and before each deployment. All are kept for 30 days, then one a day for 14 days and one a month for 12 months.',
  ],
  [
    settings({ schedule, schedulePaused: true }),
    'The schedule is paused: nothing is taken by itself. All are kept for 30 days.',
  ],
  [
    settings({ schedule: [...schedule, ...schedule], retentionDays: 0, keepLast: 5, keepYearly: 1 }),
    'Snapshots are taken by 2 entries of the schedule. Kept are the newest 5 and one a year for 1 year.',
  ],
])('says what settings come down to (%#)', (given, sentence) => {
  expect(settingsAnswer(given)).toBe(sentence);
});
