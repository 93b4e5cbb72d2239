import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ruleKey } from '../calendar/cron-rule.js';
import { dueRuns, jitterMs, nextDue } from './decide-runs.js';

const hourly = { cron: '0 * * * *', timeZone: 'Europe/Berlin' };
const nightly = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };

const marked = (entry: typeof hourly, at: string) => ({
  rule: ruleKey(entry),
  lookedAfterUntil: new Date(at),
  wasPaused: false,
});

function due(marks: [typeof hourly, string][], now: string, catchUpMinutes = 720) {
  const entries = marks.map(([entry]) => entry);
  const runs = dueRuns(
    entries,
    marks.map(([entry, at]) => marked(entry, at)),
    { now: new Date(now), catchUpMinutes },
  );
  const shown = (at: Date | undefined | null) => at?.toISOString().slice(0, 16) ?? null;
  return runs.map(({ run, missed }) => [shown(run), shown(missed?.until), missed?.count ?? 0]);
}

describe('runs that are due', () => {
  it('are the one whose time has come', () => {
    expect(due([[hourly, '2026-11-23T09:00:30Z']], '2026-11-23T09:59:59Z')).toEqual([]);
    expect(due([[hourly, '2026-11-23T09:00:30Z']], '2026-11-23T10:00:00Z')).toEqual([['2026-11-23T10:00', null, 0]]);
  });

  it('are none of a time before there was the entry', () => {
    expect(dueRuns([hourly], [], { now: new Date(), catchUpMinutes: 720 })).toEqual([]);
  });

  it('are made up for by one, and the others were missed', () => {
    expect(due([[hourly, '2026-11-23T09:00:30Z']], '2026-11-23T14:20:00Z')).toEqual([
      ['2026-11-23T14:00', '2026-11-23T13:00', 4],
    ]);
  });

  it('were all missed when the last one is too long ago', () => {
    expect(due([[nightly, '2026-11-20T12:00:00Z']], '2026-11-23T14:20:00Z')).toEqual([[null, '2026-11-23T01:30', 3]]);
    expect(due([[nightly, '2026-11-22T12:00:00Z']], '2026-11-23T02:20:00Z')).toEqual([['2026-11-23T01:30', null, 0]]);
    expect(due([[nightly, '2026-11-22T12:00:00Z']], '2026-11-23T01:31:00Z', 0)).toEqual([
      [null, '2026-11-23T01:30', 1],
    ]);
  });

  it('come although a clock jumped over them, and not again when it is set back', () => {
    expect(due([[nightly, '2026-11-23T01:29:59Z']], '2026-11-23T03:00:00Z')).toEqual([['2026-11-23T01:30', null, 0]]);
    expect(due([[nightly, '2026-11-23T03:00:00Z']], '2026-11-23T01:30:01Z')).toEqual([]);
  });

  it('come once on the day on which the clocks jump over them, and once on the day that has them twice', () => {
    expect(due([[nightly, '2026-03-28T12:00:00Z']], '2026-03-29T12:00:00Z')).toEqual([['2026-03-29T01:00', null, 0]]);
    expect(due([[nightly, '2026-10-24T12:00:00Z']], '2026-10-25T12:00:00Z')).toEqual([['2026-10-25T00:30', null, 0]]);
  });

  it('are counted up to a thousand, and the last one is found all the same', () => {
    const minutely = { cron: '* * * * *', timeZone: 'UTC' };
    expect(due([[minutely, '2026-10-01T00:00:00Z']], '2026-11-23T10:00:00Z')).toEqual([
      ['2026-11-23T10:00', '2026-11-23T09:59', 999],
    ]);
  });

  it('are each looked after once, however often somebody looks', () => {
    const looks = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 });
    const once = fc.property(looks, (minutes) => {
      let last = new Date('2026-10-24T20:00:00Z');
      let count = 0;
      for (const more of minutes) {
        const now = new Date(last.getTime() + more * 60_000);
        const mark = { rule: ruleKey(hourly), lookedAfterUntil: last, wasPaused: false };
        for (const { run, missed } of dueRuns([hourly], [mark], { now, catchUpMinutes: 60 }))
          count += (run === null ? 0 : 1) + (missed?.count ?? 0);
        last = now;
      }
      return count === Math.floor((last.getTime() - Date.parse('2026-10-24T20:00:00Z')) / 3_600_000);
    });
    expect(fc.check(once).counterexample).toBeNull();
  });
});

describe('the next run', () => {
  it('is the earliest of all entries', () => {
    expect(nextDue([nightly, hourly], new Date('2026-11-23T01:10:00Z'))?.toISOString()).toBe(
      '2026-11-23T01:30:00.000Z',
    );
    expect(nextDue([], new Date())).toBeNull();
  });

  it('comes later by a time that is always the same for an environment', () => {
    const ids = Array.from({ length: 200 }, () => randomUUID());
    const jitters = ids.map((id) => jitterMs(id, 60));
    expect(jitters).toEqual(ids.map((id) => jitterMs(id, 60)));
    expect(jitters.every((ms) => ms >= 0 && ms < 60_000)).toBe(true);
    expect(Math.max(...jitters) - Math.min(...jitters)).toBeGreaterThan(40_000);
    expect(jitterMs(ids[0]!, 0)).toBe(0);
  });
});
