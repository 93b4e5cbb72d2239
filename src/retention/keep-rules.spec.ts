import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startOf } from '../calendar/periods.js';
import type { Period } from '../calendar/periods.js';
import { PROTECTION_DEFAULTS } from '../settings/protection.js';
import type { Protection } from '../settings/protection.js';
import { chooseKeepers } from './keep-rules.js';
import type { DatedSnapshot, Timeline } from './keep-rules.js';
import { policyOf } from './retention-policy.js';

interface Taken extends DatedSnapshot {
  rules?: string[];
}

/** All of them at once. */
function listTimeline(snapshots: readonly Taken[]): Timeline {
  const newestFirst = snapshots.toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
  return {
    newest: async (count) => newestFirst.slice(0, count),
    newestBefore: async (moment) => newestFirst.find(({ createdAt }) => moment === null || createdAt < moment) ?? null,
    newestRestorable: async (from, before) =>
      newestFirst.find(
        ({ createdAt, restorable }) => restorable && createdAt >= from && (before === null || createdAt < before),
      ) ?? null,
    oldest: async () => newestFirst.at(-1) ?? null,
    newestOfRule: async (rule, count) => newestFirst.filter(({ rules }) => rules?.includes(rule)).slice(0, count),
  };
}

function at(time: string, changes: Partial<Taken> = {}): Taken {
  return { id: time, createdAt: new Date(`${time}:00Z`), restorable: true, ...changes };
}

async function kept(
  times: readonly (string | Taken)[],
  settings: Partial<Protection>,
): Promise<Record<string, string>> {
  const snapshots = times.map((time) => (typeof time === 'string' ? at(time) : time));
  const policy = policyOf({ ...PROTECTION_DEFAULTS, retentionDays: 0, ...settings });
  const keepers = await chooseKeepers(listTimeline(snapshots), policy);
  return Object.fromEntries([...keepers].map(([id, why]) => [id, why.join('; ')]));
}

const EVERY_EIGHT_HOURS = ['11-20', '11-21', '11-22', '11-23'].flatMap((day) =>
  ['00:10', '08:10', '16:10'].map((time) => `2026-${day}T${time}`),
);

describe('what is kept by number', () => {
  it('is the newest of each day, and the oldest of all while there are fewer days', async () => {
    expect(await kept(EVERY_EIGHT_HOURS, { keepDaily: 7 })).toEqual({
      '2026-11-23T16:10': 'daily 1 of 7: the newest of its day',
      '2026-11-22T16:10': 'daily 2 of 7: the newest of its day',
      '2026-11-21T16:10': 'daily 3 of 7: the newest of its day',
      '2026-11-20T16:10': 'daily 4 of 7: the newest of its day',
      '2026-11-20T00:10': 'daily 5 of 7: the oldest there is',
    });
  });

  it('counts only days on which there is one, and is not more than was said', async () => {
    const times = ['2026-11-23T10:00', '2026-11-20T10:00', '2026-09-01T10:00', '2025-01-01T10:00'];
    expect(Object.keys(await kept(times, { keepDaily: 3 }))).toEqual(times.slice(0, 3));
  });

  it('tells days apart by the clocks of the time zone', async () => {
    const times = ['2026-11-22T22:30', '2026-11-22T23:30', '2026-11-23T22:30'];
    expect(Object.keys(await kept(times, { keepDaily: 2, timeZone: 'Europe/Berlin' }))).toEqual([times[2], times[0]]);
    expect(Object.keys(await kept(times, { keepDaily: 2 }))).toEqual([times[2], times[1]]);
  });

  it('has two hours where the clocks are set back, and as many days as ever', async () => {
    const times = ['2026-10-24T23:30', '2026-10-25T00:10', '2026-10-25T00:50', '2026-10-25T01:10', '2026-10-25T01:50'];
    const settings = { keepHourly: 3, timeZone: 'Europe/Berlin' };
    expect(Object.keys(await kept(times, settings))).toEqual([times[4], times[2], times[0]]);
  });

  it('adds up: hours, days, weeks, months, years', async () => {
    const settings = { keepLast: 1, keepHourly: 2, keepDaily: 2, keepWeekly: 2, keepMonthly: 2, keepYearly: 2 };
    const times = [
      ...['2026-11-23T10:50', '2026-11-23T10:10', '2026-11-23T09:10', '2026-11-22T09:10', '2026-11-15T09:10'],
      ...['2026-10-31T09:10', '2026-10-02T09:10', '2025-12-31T09:10', '2025-12-30T09:10', '2019-01-01T00:00'],
    ];
    expect(await kept(times, settings)).toEqual({
      '2026-11-23T10:50':
        'among the newest 1; hourly 1 of 2: the newest of its hour; daily 1 of 2: the newest of its day; weekly 1 of 2: the newest of its week; monthly 1 of 2: the newest of its month; yearly 1 of 2: the newest of its year',
      '2026-11-23T09:10': 'hourly 2 of 2: the newest of its hour',
      '2026-11-22T09:10': 'daily 2 of 2: the newest of its day; weekly 2 of 2: the newest of its week',
      '2026-10-31T09:10': 'monthly 2 of 2: the newest of its month',
      '2025-12-31T09:10': 'yearly 2 of 2: the newest of its year',
    });
  });

  it('is one that can be restored, where the newest of a period cannot as things stand', async () => {
    const blocked = { restorable: false };
    const times = [at('2026-11-23T10:00', blocked), '2026-11-23T09:00', at('2026-11-22T10:00', blocked)];
    expect(Object.keys(await kept(times, { keepDaily: 2 }))).toEqual(['2026-11-23T09:00', '2026-11-22T10:00']);
  });

  it('is of each entry of the schedule that says so the newest of its own', async () => {
    const hourly = { rules: ['0 * * * * UTC'] };
    const both = { rules: ['0 * * * * UTC', '0 0 * * * UTC'] };
    const times = [
      at('2026-11-23T02:00', hourly),
      at('2026-11-23T01:00', hourly),
      at('2026-11-23T00:00', both),
      at('2026-11-22T23:00', hourly),
      at('2026-11-22T00:00', both),
    ];
    const schedule = [
      { cron: '0 * * * *', timeZone: 'UTC', keep: 2 },
      { cron: '0 0 * * *', timeZone: 'UTC', keep: 2 },
    ];
    expect(await kept(times, { schedule })).toEqual({
      '2026-11-23T02:00': 'among the newest 2 of the schedule 0 * * * * UTC',
      '2026-11-23T01:00': 'among the newest 2 of the schedule 0 * * * * UTC',
      '2026-11-23T00:00': 'among the newest 2 of the schedule 0 0 * * * UTC',
      '2026-11-22T00:00': 'among the newest 2 of the schedule 0 0 * * * UTC',
    });
  });

  it('is nothing where there is nothing', async () => {
    expect(await kept([], { keepLast: 5, keepDaily: 7 })).toEqual({});
  });
});

/** One after the other, as restic and Borg decide it. */
function walked(snapshots: readonly Taken[], period: Period, count: number, timeZone: string): string[] {
  const newestFirst = snapshots.toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
  const found: string[] = [];
  let last: number | undefined;
  for (const [index, { id, createdAt }] of newestFirst.entries()) {
    const start = startOf(period, createdAt, timeZone).getTime();
    if (found.length < count && (start !== last || index === newestFirst.length - 1)) found.push(id);
    last = start;
  }
  return found;
}

describe('what is kept by number, whatever there is', () => {
  it('is what going through all of them one after the other comes to', async () => {
    const snapshots = fc.uniqueArray(fc.integer({ min: 0, max: 3 * 365 * 24 * 12 }), { maxLength: 60 });
    const setting = fc.constantFrom(
      ...(['keepHourly hour', 'keepDaily day', 'keepWeekly week', 'keepMonthly month', 'keepYearly year'] as const),
    );
    const zone = fc.constantFrom('Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo');
    await fc.assert(
      fc.asyncProperty(
        snapshots,
        setting,
        fc.integer({ min: 0, max: 30 }),
        zone,
        async (minutes, which, count, timeZone) => {
          const taken = minutes.map((five) => ({
            id: String(five),
            createdAt: new Date(Date.UTC(2024, 0, 1) + five * 300_000),
            restorable: true,
          }));
          const [name, period] = which.split(' ') as ['keepDaily', Period];
          const found = Object.keys(await kept(taken, { [name]: count, timeZone }));
          expect(found.toSorted()).toEqual(walked(taken, period, count, timeZone).toSorted());
        },
      ),
    );
  });
});
