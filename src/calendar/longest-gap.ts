import { nextRun } from './cron-rule.js';
import type { CronRule } from './cron-rule.js';

/** Runs that are looked at: of a rule for working days, more than two weeks. */
const RUNS = 15;
const MOST_REMEMBERED = 5000;
const known = new Map<string, number>();

/**
 * The longest time (seconds) between two runs of a schedule, as far as its next ones show; 0 for one that has none. Each schedule is looked at
 * once in a process.
 */
export function longestGapSeconds(rules: readonly CronRule[], now: Date): number {
  const key = JSON.stringify(rules.map(({ cron, timeZone }) => [cron, timeZone]));
  const found = known.get(key) ?? longestGap(rules, now);
  if (known.size >= MOST_REMEMBERED) known.clear();
  known.set(key, found);
  return found;
}

function longestGap(rules: readonly CronRule[], now: Date): number {
  let longest = 0;
  let last: number | undefined;
  for (let at: number | undefined = now.getTime(), count = 0; at !== undefined && count <= RUNS; count += 1) {
    const from: Date = new Date(at);
    const times = rules.map((rule) => nextRun(rule, from)?.getTime()).filter((time) => time !== undefined);
    at = times.length === 0 ? undefined : Math.min(...times);
    if (at !== undefined && last !== undefined) longest = Math.max(longest, (at - last) / 1000);
    last = at;
  }
  return longest;
}
