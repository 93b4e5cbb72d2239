import { nextRun } from '../calendar/cron-rule.js';
import type { Configuration } from '../config/configuration.js';

/** When the daily run comes next after `now`. Pure. */
export function nextDailyRun({ RETENTION_CRON: cron }: Pick<Configuration, 'RETENTION_CRON'>, now: Date): Date {
  // One that never comes, such as a 30 February, the configuration does not take.
  return nextRun({ cron, timeZone: 'UTC' }, now) ?? now;
}
