import { DateTime } from 'luxon';

export type Period = 'hour' | 'day' | 'week' | 'month' | 'year';

/**
 * When the period began in which a moment lies, by the clocks of a time zone: the hour that comes twice as they are set back is two. Weeks
 * begin on Monday.
 */
export function startOf(period: Period, at: Date, timeZone: string): Date {
  return DateTime.fromJSDate(at, { zone: timeZone }).startOf(period).toJSDate();
}

/** A day by the clocks of a time zone: 23, 24 or 25 hours, or what else they were set by. */
export interface Day {
  /** `2026-11-23` */
  date: string;
  from: Date;
  /** When the next one begins. */
  until: Date;
}

/** So many days, the earliest first; the last is the one in which `now` lies. */
export function lastDays(count: number, now: Date, timeZone: string): Day[] {
  const today = DateTime.fromJSDate(now, { zone: timeZone }).startOf('day');
  // Counted from noon: at midnight there are days that begin an hour later.
  const starts = Array.from({ length: count + 1 }, (_, index) =>
    today
      .set({ hour: 12 })
      .minus({ days: count - 1 - index })
      .startOf('day'),
  );
  return starts.slice(0, count).map((start, index) => ({
    date: start.toFormat('yyyy-MM-dd'),
    from: start.toJSDate(),
    until: (starts[index + 1] ?? start).toJSDate(),
  }));
}
