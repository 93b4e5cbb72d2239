import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastDays, startOf } from './periods.js';
import type { Period } from './periods.js';

describe('the start of a period', () => {
  it.each<[Period, string, string, string]>([
    ['hour', '2026-10-25T00:30Z', 'Europe/Berlin', '2026-10-25T00:00Z'],
    ['hour', '2026-10-25T01:30Z', 'Europe/Berlin', '2026-10-25T01:00Z'],
    ['hour', '2026-11-23T12:20Z', 'Asia/Kolkata', '2026-11-23T11:30Z'],
    ['day', '2026-03-29T21:59Z', 'Europe/Berlin', '2026-03-28T23:00Z'],
    ['day', '2026-10-25T22:59Z', 'Europe/Berlin', '2026-10-24T22:00Z'],
    ['day', '2018-11-04T12:30Z', 'America/Sao_Paulo', '2018-11-04T03:00Z'],
    ['week', '2027-01-03T12:00Z', 'UTC', '2026-12-28T00:00Z'],
    ['week', '2027-01-04T00:00Z', 'UTC', '2027-01-04T00:00Z'],
    ['month', '2028-02-29T23:30Z', 'Europe/Berlin', '2028-02-29T23:00Z'],
    ['year', '2026-12-31T23:30Z', 'Europe/Berlin', '2026-12-31T23:00Z'],
  ])('of the %s of %s in %s is %s', (period, at, zone, expected) => {
    expect(startOf(period, new Date(at), zone).toISOString()).toBe(new Date(expected).toISOString());
  });

  it('is not later than the moment, and its own', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/Sao_Paulo', 'Pacific/Apia', 'Asia/Kathmandu', 'UTC');
    const periods = fc.constantFrom<Period[]>('hour', 'day', 'week', 'month', 'year');
    const moments = fc.date({ min: new Date('2005-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
    const isItsOwn = fc.property(zones, periods, moments, (zone, period, at) => {
      const start = startOf(period, at, zone);
      return start <= at && startOf(period, start, zone).getTime() === start.getTime();
    });
    expect(fc.check(isItsOwn).counterexample).toBeNull();
  });
});

describe('the last days', () => {
  const told = (...[count, now, zone]: [number, string, string]) =>
    lastDays(count, new Date(now), zone).map(({ date, from, until }) => [
      date,
      from.toISOString().slice(0, 16),
      (until.getTime() - from.getTime()) / 3_600_000,
    ]);

  it.each<[string, string, (string | number)[][]]>([
    [
      '2026-09-27T12:00Z',
      'Pacific/Auckland',
      [
        ['2026-09-26', '2026-09-25T12:00', 24],
        ['2026-09-27', '2026-09-26T12:00', 23],
        ['2026-09-28', '2026-09-27T11:00', 24],
      ],
    ],
    [
      '2026-04-05T11:59Z',
      'Pacific/Auckland',
      [
        ['2026-04-03', '2026-04-02T11:00', 24],
        ['2026-04-04', '2026-04-03T11:00', 24],
        ['2026-04-05', '2026-04-04T11:00', 25],
      ],
    ],
    // Its day began at one in the morning.
    [
      '2018-11-05T12:00Z',
      'America/Sao_Paulo',
      [
        ['2018-11-03', '2018-11-03T03:00', 24],
        ['2018-11-04', '2018-11-04T03:00', 23],
        ['2018-11-05', '2018-11-05T02:00', 24],
      ],
    ],
    [
      '2026-04-04T20:00Z',
      'Australia/Lord_Howe',
      [
        ['2026-04-03', '2026-04-02T13:00', 24],
        ['2026-04-04', '2026-04-03T13:00', 24],
        ['2026-04-05', '2026-04-04T13:00', 24.5],
      ],
    ],
  ])('by %s in %s are as long as its clocks make them', (now, zone, expected) => {
    expect(told(3, now, zone)).toEqual(expected);
  });

  it('follow each other without a gap, one of each date, up to the one of the moment', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/Sao_Paulo', 'Asia/Beirut', 'Asia/Kathmandu', 'UTC');
    const moments = fc.date({ min: new Date('2005-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
    const isWhole = fc.property(zones, moments, fc.integer({ min: 1, max: 92 }), (zone, now, count) => {
      const days = lastDays(count, now, zone);
      const last = days.at(-1)!;
      // The same words as those of another calendar.
      const today = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(now);
      return (
        days.length === count &&
        new Set(days.map(({ date }) => date)).size === count &&
        days.slice(1).every(({ from }, index) => from.getTime() === days[index]!.until.getTime()) &&
        last.from <= now &&
        now < last.until &&
        last.date === today
      );
    });
    expect(fc.check(isWhole).counterexample).toBeNull();
  });
});
