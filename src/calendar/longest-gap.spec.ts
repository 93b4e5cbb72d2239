import { describe, expect, it } from 'vitest';
import { longestGapSeconds } from './longest-gap.js';

const MONDAY = new Date('2026-11-23T12:00:00Z');
const HOUR = 3600;

describe('the longest time between two runs', () => {
  it.each([
    ['an hour', ['0 * * * *'], HOUR],
    ['a day', ['30 2 * * *'], 24 * HOUR],
    ['a weekend', ['0 2 * * MON-FRI'], 72 * HOUR],
    ['that of the entry that comes oftenest', ['0 2 * * *', '0 */6 * * *'], 6 * HOUR],
    ['a weekend between days of many runs', ['*/5 9-17 * * MON-FRI'], 63 * HOUR + 300],
    ['a weekend, whatever comes in the week', ['0 9-17 * * MON-FRI', '*/20 12 * * WED'], 64 * HOUR],
    ['the other half of each hour', ['0-30 * * * *'], HOUR / 2],
    ['a break at noon', ['*/5 0-9,12-23 * * *'], 2 * HOUR + 300],
    ['the rest of a long month', ['0 * 1-7 * *'], 24 * 24 * HOUR + HOUR],
    ['eleven months', ['*/10 * * 12 *'], 334 * 24 * HOUR + 600],
    ['a minute', ['* * * * *'], 60],
    ['nothing where nothing is scheduled', [], 0],
  ])('is %s', (_, crons, expected) => {
    const rules = crons.map((cron) => ({ cron, timeZone: 'UTC' }));
    expect(longestGapSeconds(rules, MONDAY)).toBe(expected);
  });
});
