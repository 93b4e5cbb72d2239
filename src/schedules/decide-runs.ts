import { lastRun, nextRun, ruleKey, runsBetween } from '../calendar/cron-rule.js';
import type { CronRule } from '../calendar/cron-rule.js';

/** Until when an entry of a schedule has been looked after. */
export interface Mark {
  rule: string;
  lookedAfterUntil: Date;
  /** The schedule was paused then. */
  wasPaused: boolean;
}

/** What is due of one entry and not yet looked after. */
export interface DueRuns {
  entry: CronRule;
  /** When the last run was due, if that is not too long ago to be made up for. */
  run: Date | null;
  /** The others, until the last one of them. */
  missed: Runs | null;
}

export interface Runs {
  until: Date;
  count: number;
}

/** Runs that are counted, of those that were missed. */
const MOST_COUNTED = 1000;

/**
 * Which runs are due at `now`. Of an entry of which there is no mark, nothing was due before: it counts from now on. What was due while nobody
 * could look after it, or the clock has jumped over, is in time for `catchUpMinutes`, and is one run however many they were. Pure.
 */
export function dueRuns(
  entries: readonly CronRule[],
  marks: readonly Mark[],
  { now, catchUpMinutes }: { now: Date; catchUpMinutes: number },
): DueRuns[] {
  const earliest = new Date(now.getTime() - catchUpMinutes * 60_000);
  return entries.flatMap((entry): DueRuns[] => {
    const mark = marks.find(({ rule }) => rule === ruleKey(entry));
    if (mark === undefined) return [];
    // A moment later, for a run may be due at this very one.
    const last = lastRun(entry, new Date(now.getTime() + 1));
    if (last === null || last <= mark.lookedAfterUntil) return [];
    const count = runsBetween(entry, mark.lookedAfterUntil, { until: last, most: MOST_COUNTED }).length;
    if (last < earliest) return [{ entry, run: null, missed: { until: last, count } }];
    const before = count > 1 ? lastRun(entry, last) : null;
    return [{ entry, run: last, missed: before && { until: before, count: count - 1 } }];
  });
}

/** When the next run of any of them is due after `now`; null: never. Pure. */
export function nextDue(entries: readonly CronRule[], now: Date): Date | null {
  const times = entries.map((entry) => nextRun(entry, now)).filter((at) => at !== null);
  return times.length === 0 ? null : new Date(Math.min(...times.map((at) => at.getTime())));
}

/**
 * By how many milliseconds an environment's runs come later than they are due, so that not all environments begin at the full hour at once: always
 * the same for one environment. Pure.
 */
export function jitterMs(environmentId: string, mostSeconds: number): number {
  const share = Number.parseInt(environmentId.replaceAll('-', '').slice(-8), 16) / 0x1_0000_0000;
  return Math.floor(share * mostSeconds * 1000);
}
