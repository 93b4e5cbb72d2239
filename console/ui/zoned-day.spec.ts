import { describe, expect, it } from 'vitest';
import { dayOf, endOfDay } from './zoned-day.js';

describe('a day in a zone', () => {
  it.each([
    ['2026-11-30', 'UTC', '2026-11-30T23:59:59.000Z'],
    ['2026-11-30', 'Europe/Berlin', '2026-11-30T22:59:59.000Z'],
    ['2026-07-01', 'America/New_York', '2026-07-02T03:59:59.000Z'],
    // Clocks go back in the night to the 26th, and forward in that to the 29th.
    ['2026-10-25', 'Europe/Berlin', '2026-10-25T22:59:59.000Z'],
    ['2026-10-24', 'Europe/Berlin', '2026-10-24T21:59:59.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-29T21:59:59.000Z'],
    ['2026-11-30', 'Asia/Kathmandu', '2026-11-30T18:14:59.000Z'],
  ])('%s in %s ends at %s', (day, zone, end) => {
    expect(endOfDay(day, zone).toISOString()).toBe(end);
    expect(dayOf(new Date(end), zone)).toBe(day);
    expect(dayOf(new Date(Date.parse(end) + 1000), zone)).not.toBe(day);
  });
});
