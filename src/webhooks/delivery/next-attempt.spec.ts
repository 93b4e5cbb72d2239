import { describe, expect, it } from 'vitest';
import { hasArrived, isAway, pauseAfterAttempt, whyDisabled } from './next-attempt.js';

/** The clock of a delivery that never arrives: when it was tried, in seconds from the first try. */
function tries(random: number): number[] {
  const at = [0];
  for (;;) {
    const pause = pauseAfterAttempt(at.length, random);
    if (pause === null) return at;
    at.push(at.at(-1)! + pause);
  }
}

describe('what does not arrive', () => {
  it('is tried ten times, after five seconds, minutes, half an hour and then hours, and no more', () => {
    const hour = 3600;
    const pauses = [5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
    const at = tries(0.5);
    expect(at).toHaveLength(10);
    expect(at.slice(1).map((time, index) => Math.round(time - at[index]!))).toEqual(pauses);
  });

  it('is given up after three days, before it would be forgotten after four', () => {
    expect(tries(0).at(-1)! / 86_400).toBeGreaterThan(2.5);
    expect(tries(1).at(-1)! / 86_400).toBeLessThan(4);
  });

  it('comes again a little earlier or later, so that not all comes at once', () => {
    expect(pauseAfterAttempt(2, 0)).toBeCloseTo(270);
    expect(pauseAfterAttempt(2, 1)).toBeCloseTo(330);
  });
});

describe('an answer', () => {
  it('has arrived with 2xx alone', () => {
    expect([200, 204, 299].every(hasArrived)).toBe(true);
    expect([null, 0, 101, 199, 301, 302, 400, 410, 500].some(hasArrived)).toBe(false);
  });

  it('is of the receiver itself when there is none, or when it asks for patience', () => {
    expect([null, 429, 502, 503, 504].every(isAway)).toBe(true);
    expect([302, 400, 404, 410, 500].some(isAway)).toBe(false);
  });
});

describe('nobody is told any more', () => {
  const now = new Date('2026-11-30T00:00:00Z');
  const since = (days: number) => new Date(now.getTime() - days * 86_400_000);

  it('where it says that it is gone', () => {
    expect(whyDisabled(410, { failingSince: now, attempts: 1 }, now)).toBe('gone');
  });

  it('where nothing has arrived for five days', () => {
    expect(whyDisabled(500, { failingSince: since(4.9), attempts: 9 }, now)).toBeNull();
    expect(whyDisabled(500, { failingSince: since(5), attempts: 9 }, now)).toBe('failing');
    expect(whyDisabled(null, { failingSince: since(5), attempts: 4 }, now)).toBe('failing');
  });

  it('but not for one bad moment long after another', () => {
    expect(whyDisabled(null, { failingSince: since(60), attempts: 1 }, now)).toBeNull();
  });
});
