import { describe, expect, it } from 'vitest';
import { momentIn, wallIn } from './zoned-time.js';

describe('a time on the wall of a zone', () => {
  it('is another moment in another zone, and in summer another one than in winter', () => {
    expect(momentIn('UTC', '2026-11-20T10:00')?.toISOString()).toBe('2026-11-20T10:00:00.000Z');
    expect(momentIn('Europe/Berlin', '2026-11-20T10:00')?.toISOString()).toBe('2026-11-20T09:00:00.000Z');
    expect(momentIn('Europe/Berlin', '2026-07-20T10:00')?.toISOString()).toBe('2026-07-20T08:00:00.000Z');
    expect(momentIn('Asia/Kathmandu', '2026-07-20T00:10')?.toISOString()).toBe('2026-07-19T18:25:00.000Z');
  });

  it('is right on both sides of the hour at which clocks are set', () => {
    expect(momentIn('Europe/Berlin', '2026-03-29T01:59')?.toISOString()).toBe('2026-03-29T00:59:00.000Z');
    expect(momentIn('Europe/Berlin', '2026-03-29T03:00')?.toISOString()).toBe('2026-03-29T01:00:00.000Z');
    expect(momentIn('America/New_York', '2026-11-01T00:59')?.toISOString()).toBe('2026-11-01T04:59:00.000Z');
    expect(momentIn('America/New_York', '2026-11-01T02:00')?.toISOString()).toBe('2026-11-01T07:00:00.000Z');
  });

  it('is shown as it was given', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Auckland'])
      expect(wallIn(zone, momentIn(zone, '2026-02-28T23:45')!.getTime())).toBe('2026-02-28T23:45');
  });

  it('is none when it is half of one', () => {
    expect(momentIn('UTC', '')).toBeUndefined();
    expect(momentIn('UTC', '2026-13-01T10:00')).toBeUndefined();
  });
});
