import { lastRun, nextRun } from './cron-rule.js';
import type { CronRule } from './cron-rule.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Runs that are looked at one by one: of a rule that seldom comes, years. */
const RUNS = 15;
const MOST_REMEMBERED = 5000;
const known = new Map<string, number>();

/**
 * How far ahead (seconds) is looked for gaps of what length at least: within an hour minutes make them, within a week hours and days of the week,
 * within a year days and months.
 */
const LOOKS = [
  { atLeast: 0, ahead: 2 * HOUR },
  { atLeast: HOUR, ahead: 8 * DAY },
  { atLeast: DAY, ahead: 400 * DAY },
] as const;

/** The longest time (seconds) between two runs of a schedule; 0 for one that has none. Each schedule is looked at once in a process. */
export function longestGapSeconds(rules: readonly CronRule[], now: Date): number {
  const key = JSON.stringify(rules.map(({ cron, timeZone }) => [cron, timeZone]));
  const found = known.get(key) ?? longestGap(rules, now);
  if (known.size >= MOST_REMEMBERED) known.clear();
  known.set(key, found);
  return found;
}

function longestGap(rules: readonly CronRule[], now: Date): number {
  let longest = longestOfNext(rules, now);
  // What every hour, or every week, is alike needs no further look.
  const fields = rules.map(({ cron }) => cron.split(' '));
  const looks = fields.every(([, ...others]) => others.every((field) => field === '*'))
    ? LOOKS.slice(0, 1)
    : fields.every(([, , day, month]) => day === '*' && month === '*')
      ? LOOKS.slice(0, 2)
      : LOOKS;
  for (const look of looks) longest = longerGap(rules, now, { ...look, than: longest });
  return longest;
}

function longestOfNext(rules: readonly CronRule[], now: Date): number {
  let longest = 0;
  let last = firstAfter(rules, now.getTime());
  for (let count = 0; last !== undefined && count < RUNS; count += 1) {
    const next = firstAfter(rules, last);
    if (next !== undefined) longest = Math.max(longest, (next - last) / 1000);
    last = next;
  }
  return longest;
}

/**
 * The longest gap that is longer than `than` and at least `atLeast`, or `than` where there is none. It goes from run to run by as much as a gap
 * would have to be long, so that what comes every minute takes no longer than what comes every day.
 */
function longerGap(
  rules: readonly CronRule[],
  now: Date,
  { than, atLeast, ahead }: { than: number; atLeast: number; ahead: number },
): number {
  let [longest, bound] = [than, Math.max(than, atLeast) * 1000];
  const until = now.getTime() + ahead * 1000;
  let run = firstAfter(rules, now.getTime());
  while (run !== undefined && run < until) {
    const later = laterRun(rules, run, bound);
    if (later !== undefined) {
      run = later;
      continue;
    }
    const next = firstAfter(rules, run);
    if (next !== undefined && next - run > bound) [longest, bound] = [(next - run) / 1000, next - run];
    run = next;
  }
  return longest;
}

function firstAfter(rules: readonly CronRule[], at: number): number | undefined {
  const from = new Date(at);
  const times = rules.map((rule) => nextRun(rule, from)?.getTime()).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** A run that comes after `run`, and `within` so many milliseconds of it: of the first rule that has one the last. */
function laterRun(rules: readonly CronRule[], run: number, within: number): number | undefined {
  // What is due at that very moment counts.
  const before = new Date(run + within + 1);
  for (const rule of rules) {
    const last = lastRun(rule, before)?.getTime();
    if (last !== undefined && last > run) return last;
  }
  return undefined;
}
