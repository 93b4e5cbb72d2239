import { describe, expect, it } from 'vitest';
import { bytes, counted, known, relativeTime, seconds } from './words.js';

describe('words', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [33_700_000, '33.7 MB'],
    [4.2e12, '4.2 TB'],
    [1e18, '1000 PB'],
  ])('tell %d bytes as %s', (count, told) => {
    expect(bytes(count)).toBe(told);
  });

  it.each([
    [0, '0.0 s'],
    [0.72, '0.7 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [3599.6, '1 h'],
    [7500, '2 h 5 min'],
    [86_400, '1 d'],
    [273_600, '3 d 4 h'],
  ])('tell %d seconds as %s', (total, told) => {
    expect(seconds(total)).toBe(told);
  });

  const NOW = Date.parse('2026-11-20T12:00:00Z');

  it.each([
    ['2026-11-20T11:59:57Z', 'just now'],
    ['2026-11-20T12:00:03Z', 'just now'],
    ['2026-11-20T11:59:30Z', '30 s ago'],
    ['2026-11-20T11:56:00Z', '4 min ago'],
    ['2026-11-20T12:55:00Z', 'in 55 min'],
    ['2026-11-20T09:00:00Z', '3 h ago'],
    ['2026-11-17T12:00:00Z', '3 d ago'],
    ['2026-11-01T12:00:00Z', '2026-11-01'],
    ['2027-11-01T12:00:00Z', '2027-11-01'],
    ['some day', 'some day'],
  ])('tell %s as %s', (time, told) => {
    expect(relativeTime(time, NOW)).toBe(told);
  });

  it('tell one thing as one, and thousands so that they can be read', () => {
    expect([counted(1, 'file'), counted(0, 'file'), counted(2000, 'file'), counted(2, 'copy', 'copies')]).toEqual([
      '1 file',
      '0 files',
      '2,000 files',
      '2 copies',
    ]);
  });

  it('tell nothing of what is not known, and of nothing that it is nothing', () => {
    expect([known(null, bytes), known(undefined, bytes), known(0, bytes)]).toEqual([undefined, undefined, '0 B']);
  });
});
