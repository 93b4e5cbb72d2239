import { afterEach, describe, expect, it, vi } from 'vitest';
import { RepeatedTrouble } from './repeated-trouble.js';
import type { RepeatedTroubleOptions } from './repeated-trouble.js';

function setUp(options: RepeatedTroubleOptions = {}) {
  const lines: string[] = [];
  let now = 0;
  const say = (line: string) => void lines.push(line);
  const trouble = new RepeatedTrouble({ warn: say, log: say }, 'The queue reports an error', {
    clock: () => now,
    ...options,
  });
  return { lines, trouble, pass: (ms: number) => (now += ms) };
}

afterEach(() => void vi.useRealTimers());

describe('RepeatedTrouble', () => {
  it('tells when it begins, once a minute while it lasts, and when it is over', () => {
    const { lines, trouble, pass } = setUp();
    for (let at = 0; at < 130; at += 1, pass(1000)) trouble.came('connection refused');
    trouble.wentWell();
    trouble.wentWell();
    expect(lines).toEqual([
      'The queue reports an error: connection refused',
      'The queue reports an error, 61 times in 60 s; the last time: connection refused',
      'The queue reports an error, 121 times in 120 s; the last time: connection refused',
      'Over: The queue reports an error, 130 times in 129 s.',
    ]);
  });

  it('tells once of what those notice who look every ten seconds, and a moment later', () => {
    const { lines, trouble, pass } = setUp();
    for (let beat = 0; beat < 5; beat += 1, pass(10_003)) trouble.came('connection refused');
    expect(lines).toEqual(['The queue reports an error: connection refused']);
  });

  it('tells that it is over when nobody says so, once none has come for a while', () => {
    vi.useFakeTimers();
    const { lines, trouble, pass } = setUp({ endsByItself: true });
    const wait = (ms: number) => {
      pass(ms);
      vi.advanceTimersByTime(ms);
    };
    trouble.came('one');
    wait(20_000);
    trouble.came('two');
    wait(20_000);
    expect(lines).toHaveLength(1);
    wait(10_000);
    wait(100_000);
    expect(lines).toEqual(['The queue reports an error: one', 'Over: The queue reports an error, 2 times in 20 s.']);
  });

  it('waits for good news where only those end it', () => {
    const { lines, trouble, pass } = setUp({ overAfterMs: Infinity });
    trouble.came('one');
    pass(1_000_000);
    trouble.came('one');
    trouble.wentWell();
    expect(lines.at(-1)).toBe('Over: The queue reports an error, 2 times in 1000 s.');
    expect(lines).toHaveLength(3);
  });

  it('takes what comes after a quiet time for another trouble', () => {
    const { lines, trouble, pass } = setUp();
    trouble.came('one');
    pass(31_000);
    trouble.came('other');
    expect(lines).toEqual([
      'The queue reports an error: one',
      'Over: The queue reports an error, 1 times in 0 s.',
      'The queue reports an error: other',
    ]);
  });
});
