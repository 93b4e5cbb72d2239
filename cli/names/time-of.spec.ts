import { describe, expect, it } from 'vitest';
import { timeOf } from './time-of.js';

const iso = (text: string) => {
  const time = timeOf(text);
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe('a time', () => {
  it.each([
    ['2026-11-20T10:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:30.5Z', '2026-11-20T10:00:30.500Z'],
    ['2026-11-20T10:00+02:00', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20T10:00-0130', '2026-11-20T11:30:00.000Z'],
    ['2026-11-20 10:00Z', '2026-11-20T10:00:00.000Z'],
    ['2028-02-29T00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, time) => {
    expect(iso(text)).toBe(time);
  });

  it('without a zone is one of here, and a date alone is its end', () => {
    expect(timeOf('2026-11-20T10:00')).toBe(new Date(2026, 10, 20, 10).getTime());
    expect(timeOf('2026-11-20')).toBe(new Date(2026, 10, 21).getTime() - 1);
  });

  it.each([
    ...[
      '',
      'yesterday',
      '2026',
      '2026-11',
      '20.11.2026',
      '11/20/2026',
      '1700000000',
      '2026-11-20T10',
      '2026-11-20T10:00 Z',
    ],
    // Programs there are that take these for days of the month after.
    ...['2026-02-30', '2026-02-30T10:00Z', '2026-04-31T10:00', '2027-02-29'],
    ...['2026-13-01', '2026-00-01', '2026-11-00', '2026-11-20T25:00', '2026-11-20T10:60'],
  ])('"%s" is none', (text) => {
    expect(timeOf(text)).toBeUndefined();
  });
});
