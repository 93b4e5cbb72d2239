import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startOf } from './periods.js';
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
