import { lastRun, ruleKey, runsBetween } from '../calendar/cron-rule.js';
import type { CronRule } from '../calendar/cron-rule.js';

/** Runs that are counted one by one: counting one takes a fifth of a millisecond. */
const MOST_COUNTED = 500;

/**
 * How many snapshots a schedule will take after `from` and until `until`, if it is kept to: what is due at the same moment by several entries
 * is one. From so many on the number is as the first of them let expect. Pure.
 */
export function expectedRunCount(entries: readonly CronRule[], from: Date, until: Date): number {
  if (until <= from) return 0;
  const times = new Set<number>();
  let most = until.getTime();
  for (const entry of entries) {
    const runs = runsBetween(entry, from, { until, most: MOST_COUNTED });
    for (const at of runs) times.add(at.getTime());
    if (runs.length === MOST_COUNTED) most = Math.min(most, runs.at(-1)?.getTime() ?? most);
  }
  const counted = [...times].filter((at) => at <= most).length;
  return Math.round((counted * (until.getTime() - from.getTime())) / (most - from.getTime()));
}

/** The last snapshot that a schedule will take after `from` and before `before`, and the entries that ask for it, by their `ruleKey`. Pure. */
export function lastExpectedRun(
  entries: readonly CronRule[],
  from: Date,
  before: Date,
): { at: Date; rules: string[] } | null {
  const last = entries.map((entry) => ({ rule: ruleKey(entry), at: lastRun(entry, before) }));
  const at = last.reduce((latest, one) => Math.max(latest, one.at?.getTime() ?? 0), 0);
  if (at <= from.getTime()) return null;
  return { at: new Date(at), rules: last.filter((one) => one.at?.getTime() === at).map(({ rule }) => rule) };
}
