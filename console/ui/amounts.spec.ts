import { describe, expect, it } from 'vitest';
import { bytes, duration, exact, relative } from './amounts.js';

describe('amounts as people read them', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1_048_575, '1.00 MiB'],
    [1_572_864, '1.50 MiB'],
    [26_214_400, '25.0 MiB'],
    [1_099_511_627_775, '1.00 TiB'],
    [2 ** 60, '1024 PiB'],
  ])('%d bytes are %s', (amount, text) => {
    expect(bytes(amount)).toBe(text);
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [6240, '6.2 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('a time is said from now, in whole units', () => {
    const now = new Date('2026-11-30T12:00:00Z');
    const at = (seconds: number) => relative(new Date(now.getTime() + seconds * 1000), now);
    expect([-3, 5, -59, -60, -3599, -7200, 172_800, -86_400 * 45].map(at)).toEqual([
      'just now',
      'in a moment',
      '59 seconds ago',
      '1 minute ago',
      '1 hour ago',
      '2 hours ago',
      'in 2 days',
      '1 month ago',
    ]);
  });

  it('an exact time is in the zone that is asked for, and says so', () => {
    expect(exact(new Date('2026-11-30T12:00:00Z'), 'Pacific/Auckland')).toBe(
      'Tue, 01 Dec 2026, 01:00:00 (Pacific/Auckland)',
    );
  });
});
