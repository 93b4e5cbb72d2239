import { startOf } from '../calendar/periods.js';
import type { Period } from '../calendar/periods.js';
import type { RetentionPolicy } from './retention-policy.js';

/** A completed snapshot that is not refuted. */
export interface DatedSnapshot {
  id: string;
  createdAt: Date;
  /** It can be restored, as far as is known. */
  restorable: boolean;
}

/** The completed snapshots of an environment that are not refuted, by when they were asked for. */
export interface Timeline {
  newest(count: number): Promise<DatedSnapshot[]>;
  /** The newest that was asked for before that moment; of all, where it is null. */
  newestBefore(moment: Date | null): Promise<DatedSnapshot | null>;
  /** The newest restorable one from a moment on, and before another one; null is no bound. */
  newestRestorable(from: Date, before: Date | null): Promise<DatedSnapshot | null>;
  oldest(): Promise<DatedSnapshot | null>;
  /** The newest that an entry of the schedule took, by its `ruleKey`. */
  newestOfRule(rule: string, count: number): Promise<DatedSnapshot[]>;
}

const PERIODS: readonly { period: Period; setting: KeepSetting; word: string }[] = [
  { period: 'hour', setting: 'keepHourly', word: 'hourly' },
  { period: 'day', setting: 'keepDaily', word: 'daily' },
  { period: 'week', setting: 'keepWeekly', word: 'weekly' },
  { period: 'month', setting: 'keepMonthly', word: 'monthly' },
  { period: 'year', setting: 'keepYearly', word: 'yearly' },
];

type KeepSetting = 'keepHourly' | 'keepDaily' | 'keepWeekly' | 'keepMonthly' | 'keepYearly';

/** Why snapshots are kept by rules that count, by their ids. */
export type Keepers = ReadonlyMap<string, readonly string[]>;

/**
 * Chooses what is kept by number: the newest so many; of each of so many periods in which there is one the newest, or the newest that can be
 * restored where that one cannot, and the oldest of all while there are fewer periods, so that the past reaches as far back as it
 * can until then; and the newest of each entry of the schedule that says how many. What periods are is restic's and Borg's usage.
 *
 * However many snapshots there are, it asks for no more than are kept.
 */
export async function chooseKeepers(timeline: Timeline, policy: RetentionPolicy): Promise<Keepers> {
  const keepers = new Map<string, string[]>();
  const keep = ({ id }: DatedSnapshot, why: string) => keepers.set(id, [...(keepers.get(id) ?? []), why]);
  for (const snapshot of await timeline.newest(policy.keepLast)) keep(snapshot, `among the newest ${policy.keepLast}`);
  for (const { period, setting, word } of PERIODS) {
    const count = policy[setting];
    const chosen = await newestOfPeriods(timeline, { period, count, timeZone: policy.timeZone });
    for (const [index, snapshot] of chosen.entries())
      keep(snapshot, `${word} ${index + 1} of ${count}: the newest of its ${period}`);
    if (chosen.length === count) continue;
    const oldest = await timeline.oldest();
    if (oldest !== null && !chosen.some(({ id }) => id === oldest.id))
      keep(oldest, `${word} ${chosen.length + 1} of ${count}: the oldest there is`);
  }
  for (const [rule, count] of policy.keepOfRule) {
    for (const snapshot of await timeline.newestOfRule(rule, count))
      keep(snapshot, `among the newest ${count} of the schedule ${rule}`);
  }
  return keepers;
}

interface Counted {
  period: Period;
  count: number;
  timeZone: string;
}

async function newestOfPeriods(timeline: Timeline, { period, count, timeZone }: Counted): Promise<DatedSnapshot[]> {
  const chosen: DatedSnapshot[] = [];
  let end: Date | null = null;
  while (chosen.length < count) {
    const newest: DatedSnapshot | null = await timeline.newestBefore(end);
    if (newest === null) break;
    const start = startOf(period, newest.createdAt, timeZone);
    chosen.push(newest.restorable ? newest : ((await timeline.newestRestorable(start, end)) ?? newest));
    end = start;
  }
  return chosen;
}
