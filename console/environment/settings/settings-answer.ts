import type { SnapshotSettings } from '../../../sdk/typescript/index.js';
import { count } from '../../ui/amounts.js';
import { cronWords } from '../schedule/cron-words.js';

/** What the settings come down to, in two sentences: when snapshots are taken, and how long they are kept. */
export function settingsAnswer(settings: SnapshotSettings): string {
  return `${taken(settings)} ${kept(settings)}`;
}

function taken({ schedule, schedulePaused, autoEnabled }: SnapshotSettings): string {
  const before = autoEnabled ? ' and before each deployment' : '';
  const [first] = schedule;
  if (first === undefined)
    return autoEnabled ? 'A snapshot is taken before each deployment.' : 'Nothing is taken by itself.';
  if (schedulePaused)
    return `The schedule is paused${autoEnabled ? '; a snapshot is taken before each deployment.' : ': nothing is taken by itself.'}`;
  if (schedule.length > 1) return `Snapshots are taken by ${schedule.length} entries of the schedule${before}.`;
  const words = cronWords(first.cron) ?? first.cron;
  return `Snapshots are taken ${words.charAt(0).toLowerCase()}${words.slice(1)} (${first.timeZone})${before}.`;
}

const RULES = [
  ['keepHourly', 'an hour', 'hour'],
  ['keepDaily', 'a day', 'day'],
  ['keepWeekly', 'a week', 'week'],
  ['keepMonthly', 'a month', 'month'],
  ['keepYearly', 'a year', 'year'],
] as const;

function kept(settings: SnapshotSettings): string {
  const { retentionDays: days, keepLast } = settings;
  const rules = [
    ...(keepLast > 0 ? [`the newest ${count(keepLast)}`] : []),
    ...RULES.filter(([name]) => settings[name] > 0).map(
      ([name, each, unit]) => `one ${each} for ${some(settings[name], unit)}`,
    ),
  ];
  if (days === 0) return `Kept ${rules.length === 1 ? 'is' : 'are'} ${listed(rules)}.`;
  return `All are kept for ${some(days, 'day')}${rules.length === 0 ? '' : `, then ${listed(rules)}`}.`;
}

function some(amount: number, unit: string): string {
  return `${count(amount)} ${unit}${amount === 1 ? '' : 's'}`;
}

function listed(parts: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(parts);
}
