const DAY_MS = 86_400_000;

export interface UsageSearch {
  /** Days in UTC, the last one included. */
  from?: string;
  to?: string;
  project?: string;
}

export const RANGES = [7, 30, 90, 365] as const;
const USUAL_DAYS = 30;

export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** So many days up to today. */
export function lastDays(days: number, now: number): { from: string; to: string } {
  return { from: dayOf(now - (days - 1) * DAY_MS), to: dayOf(now) };
}

/** What is asked for where the address says nothing. */
export function rangeOf({ from, to }: UsageSearch, now: number): { from: string; to: string } {
  const usual = lastDays(USUAL_DAYS, now);
  const last = to ?? usual.to;
  const isDay = !Number.isNaN(Date.parse(last));
  return {
    from: from ?? (to === undefined || !isDay ? usual.from : lastDays(USUAL_DAYS, Date.parse(last)).from),
    to: last,
  };
}

/** How many days the range has up to today, when it is one of those that one can choose. */
export function presetOf({ from, to }: { from: string; to: string }, now: number): string {
  return String(RANGES.find((days) => lastDays(days, now).from === from && to === dayOf(now)) ?? 'own');
}
