import { DateTime } from 'luxon';

export type Period = 'hour' | 'day' | 'week' | 'month' | 'year';

/**
 * When the period began in which a moment lies, by the clocks of a time zone: the hour that comes twice as they are set back is two. Weeks
 * begin on Monday.
 */
export function startOf(period: Period, at: Date, timeZone: string): Date {
  return DateTime.fromJSDate(at, { zone: timeZone }).startOf(period).toJSDate();
}
