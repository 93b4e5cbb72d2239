import { describe, expect, it } from 'vitest';
import { BackendError, type BackendErrorCode } from '../backend-error.js';
import { retrying, type RetryOptions } from './retry.js';

const failure = (code: BackendErrorCode) => new BackendError(code, 'failed');

/** A clock that only moves when somebody waits. */
function clock(options: RetryOptions = {}): RetryOptions & { delays: number[] } {
  let now = 0;
  const delays: number[] = [];
  const sleep = async (ms: number) => {
    delays.push(ms);
    now += ms;
  };
  return { random: () => 0.5, now: () => now, sleep, ...options, delays };
}

/** Work that fails so many times, then succeeds. */
function failing(times: number, code: BackendErrorCode) {
  let calls = 0;
  const work = async () => {
    calls += 1;
    if (calls <= times) throw failure(code);
    return calls;
  };
  return { work, calls: () => calls };
}

describe('retrying', () => {
  it('waits up to twice as long before each attempt, and never longer than the bound', async () => {
    const options = clock({ maxAttempts: 9, baseDelayMs: 100, maxDelayMs: 1000 });
    await retrying(options, failing(8, 'unavailable').work);
    expect(options.delays).toEqual([50, 100, 200, 400, 500, 500, 500, 500]);
  });

  it('draws pauses from zero on, so that those who failed together do not come back together', async () => {
    const options = clock({ random: () => 0 });
    await retrying(options, failing(2, 'unavailable').work);
    expect(options.delays).toEqual([0, 0]);
  });

  it('throws the last error when its attempts, or its time, are used up', async () => {
    const often = failing(100, 'unavailable');
    await expect(retrying(clock({ maxAttempts: 4 }), often.work)).rejects.toMatchObject({ code: 'unavailable' });
    expect(often.calls()).toBe(4);
    const long = failing(100, 'unavailable');
    const options = clock({ maxAttempts: 100, baseDelayMs: 1000, maxElapsedMs: 4000 });
    await expect(retrying(options, long.work)).rejects.toMatchObject({ code: 'unavailable' });
    expect(options.delays).toEqual([500, 1000, 2000]);
  });

  it.each(['missing', 'exists', 'denied', 'disk-full', 'invalid-key'] as const)(
    'does not try %s again',
    async (code) => {
      const { work, calls } = failing(1, code);
      await expect(retrying(clock(), work)).rejects.toMatchObject({ code });
      expect(calls()).toBe(1);
    },
  );

  it('believes in the third answer that an object is too short', async () => {
    expect(await retrying(clock(), failing(2, 'truncated').work)).toBe(3);
    const { work, calls } = failing(100, 'truncated');
    await expect(retrying(clock(), work)).rejects.toMatchObject({ code: 'truncated' });
    expect(calls()).toBe(3);
  });

  it('ends a pause when it is told to stop, with the reason it is given', async () => {
    const stop = new AbortController();
    const { work, calls } = failing(100, 'unavailable');
    const waiting = retrying({ signal: stop.signal, baseDelayMs: 60_000, random: () => 0.99 }, work);
    setTimeout(() => stop.abort(new Error('shutting down')), 10);
    await expect(waiting).rejects.toThrow('shutting down');
    expect(calls()).toBe(1);
    await expect(retrying({ signal: stop.signal }, work)).rejects.toThrow('shutting down');
    expect(calls()).toBe(1);
  });
});
