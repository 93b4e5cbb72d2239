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
    ['nothing where nothing is scheduled', [], 0],
  ])('is %s', (_, crons, expected) => {
    const rules = crons.map((cron) => ({ cron, timeZone: 'UTC' }));
    expect(longestGapSeconds(rules, MONDAY)).toBe(expected);
  });
});
