import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

describe('a token bucket', () => {
  it('lets bytes pass at its rate, after what it has saved', async () => {
    let now = 0;
    const delays: number[] = [];
    const sleep = async (ms: number) => void delays.push(ms);
    const bucket = new TokenBucket({ bytesPerSecond: 1000, burstBytes: 500, now: () => now, sleep });
    await bucket.take(500);
    expect(delays).toEqual([]);
    await bucket.take(250);
    // Who comes while another one waits, waits for both.
    await bucket.take(1000);
    expect(delays).toEqual([250, 1250]);
    now = 100_000;
    await bucket.take(600);
    expect(delays.at(-1)).toBe(100);
  });

  it('refuses a rate at which nothing would ever pass', () => {
    for (const bytesPerSecond of [0, -1, Number.NaN]) {
      expect(() => new TokenBucket({ bytesPerSecond })).toThrow(RangeError);
    }
  });
});
