import { ruleKey } from '../calendar/cron-rule.js';
import { keepsNothing } from '../settings/protection.js';
import type { Protection } from '../settings/protection.js';

/** What settings say of keeping. */
export interface RetentionPolicy extends Pick<
  Protection,
  'timeZone' | 'retentionDays' | 'keepLast' | 'keepHourly' | 'keepDaily' | 'keepWeekly' | 'keepMonthly' | 'keepYearly'
> {
  /** How many are kept of entries of the schedule that say so, by their `ruleKey`. */
  keepOfRule: ReadonlyMap<string, number>;
  /** It says that nothing is kept, which nobody may say: then everything is. */
  isEmpty: boolean;
}

export function policyOf(settings: Protection): RetentionPolicy {
  const { timeZone, retentionDays, keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly } = settings;
  return {
    ...{ timeZone, retentionDays, keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly },
    keepOfRule: new Map(
      settings.schedule.flatMap((entry) => (entry.keep === undefined ? [] : [[ruleKey(entry), entry.keep] as const])),
    ),
    isEmpty: keepsNothing(settings),
  };
}
