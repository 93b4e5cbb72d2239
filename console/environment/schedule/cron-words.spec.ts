import { describe, expect, it } from 'vitest';
import { cronWords } from './cron-words.js';

describe('a schedule in words', () => {
  it('says when it comes', () => {
    expect(cronWords('0 3 * * *')).toBe('At 03:00');
    expect(cronWords('0 */6 * * *')).toBe('On the hour, every 6 hours');
    expect(cronWords('30 2 * * MON')).toBe('At 02:30, only on Monday');
    expect(cronWords('0 0 L * *')).toBe('At 00:00, on the last day of the month');
  });

  it('says nothing of what cannot be read, or has other than five fields', () => {
    expect(cronWords('every day')).toBeUndefined();
    expect(cronWords('99 3 * * *')).toBeUndefined();
    expect(cronWords('0 0 3 * * *')).toBeUndefined();
    expect(cronWords('')).toBeUndefined();
  });
});
