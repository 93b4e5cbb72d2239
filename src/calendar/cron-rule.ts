import { Cron } from 'croner';
import { isTimeZone } from './time-zone.js';

/** When something comes round: five fields of cron, in a time zone. Operators may put one for the seconds before them. */
export interface CronRule {
  cron: string;
  timeZone: string;
}

/** What `croner` would take beyond that: a `?` is the moment of its reading, and its `+` and `W` are nobody else's. */
const FIVE_FIELDS = /^[\dA-Z*,/#-]+( [\dA-Z*,/#-]+){4}$/i;
/** Rules read so far, by what they say: reading one takes longer than asking it. */
const MOST_READ = 1000;
const read = new Map<string, Cron>();

/** Why a rule cannot be one, to be read after its name; null when it can. */
export function faultOf({ cron, timeZone }: CronRule): { field: keyof CronRule; message: string } | null {
  if (!isTimeZone(timeZone)) return { field: 'timeZone', message: 'must be a time zone such as Europe/Berlin' };
  if (!FIVE_FIELDS.test(cron))
    return { field: 'cron', message: 'must have five fields: minute, hour, day of the month, month, day of the week' };
  try {
    if (nextRun({ cron, timeZone }, new Date()) === null)
      return { field: 'cron', message: 'names a day that no year has' };
    return null;
  } catch (error) {
    return { field: 'cron', message: `cannot be read: ${reasonOf(error)}` };
  }
}

/** The first run after `from`, which itself counts as over; null when it never comes. Throws for what `faultOf` has refused. */
export function nextRun(rule: CronRule, from: Date): Date | null {
  return cronOf(rule).nextRun(from);
}

/** The last run before `before`, which itself does not count; null when there was none. */
export function lastRun(rule: CronRule, before: Date): Date | null {
  return cronOf(rule).previousRuns(1, before)[0] ?? null;
}

/**
 * The runs after `from` and until `until`, `most` at the most, in their order. As clocks are set forward, what they jump over comes
 * once they have jumped; as they are set back, a time that comes twice comes the first time only, unless it is one of every hour.
 */
export function runsBetween(rule: CronRule, from: Date, { until, most }: { until?: Date; most: number }): Date[] {
  const runs: Date[] = [];
  let last = from;
  while (runs.length < most) {
    const next = nextRun(rule, last);
    if (next === null || (until !== undefined && next > until)) break;
    runs.push(next);
    last = next;
  }
  return runs;
}

/** What tells one rule from another, wherever something is kept of each. */
export function ruleKey({ cron, timeZone }: CronRule): string {
  return `${cron} ${timeZone}`;
}

function cronOf(rule: CronRule): Cron {
  const key = ruleKey(rule);
  const known = read.get(key);
  if (known !== undefined) return known;
  const cron = new Cron(rule.cron, { timezone: rule.timeZone, mode: '5-or-6-parts', paused: true });
  if (read.size >= MOST_READ) read.clear();
  read.set(key, cron);
  return cron;
}

/** Its own words, without the name of what said them. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^\w+: /, '') : 'it is no cron expression';
}
