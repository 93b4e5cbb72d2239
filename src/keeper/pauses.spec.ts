import { describe, expect, it } from 'vitest';
import { pauseAfter } from './pauses.js';

describe('pauseAfter', () => {
  it('grows from a second to a quarter of an hour, and no further', () => {
    expect([1, 2, 3, 4, 10, 11, 1_000_000].map((tries) => pauseAfter(tries))).toEqual([1, 2, 4, 8, 512, 900, 900]);
  });

  it('tries fewer than a hundred times a day what never works', () => {
    let seconds = 0;
    let tries = 0;
    while (seconds < 86_400) seconds += pauseAfter((tries += 1));
    expect(tries).toBeLessThan(110);
  });

  it('grows no further than it is told', () => {
    expect(pauseAfter(20, 60)).toBe(60);
  });
});
