import { describe, expect, it } from 'vitest';
import { RequestCounts } from './request-counts.js';

describe('RequestCounts', () => {
  it('counts each key for itself, from its first request on', () => {
    const counts = new RequestCounts(60_000);
    expect(counts.count('a', 0)).toEqual({ used: 1, resetSeconds: 60 });
    expect(counts.count('b', 30_000)).toEqual({ used: 1, resetSeconds: 60 });
    expect(counts.count('a', 59_999)).toEqual({ used: 2, resetSeconds: 1 });
    expect(counts.count('a', 60_000)).toEqual({ used: 1, resetSeconds: 60 });
    expect(counts.count('b', 60_000)).toEqual({ used: 2, resetSeconds: 30 });
  });

  it('forgets what has ended', () => {
    const counts = new RequestCounts(60_000);
    for (let key = 0; key < 100; key += 1) counts.count(String(key), key);
    counts.count('last', 60_050);
    expect(counts.size).toBe(50);
  });

  it('never holds more keys than it may, and forgets the oldest', () => {
    const counts = new RequestCounts(60_000, 3);
    for (const key of ['a', 'b', 'c', 'd']) counts.count(key, 0);
    expect(counts.size).toBe(3);
    expect(counts.count('d', 1).used).toBe(2);
    expect(counts.count('a', 1).used).toBe(1);
  });
});
