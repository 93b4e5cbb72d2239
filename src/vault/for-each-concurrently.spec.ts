import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { forEachConcurrently } from './for-each-concurrently.js';

describe('working on many items', () => {
  it('never works on more than the limit at a time, and leaves none out', async () => {
    let atOnce = 0;
    let most = 0;
    const done: number[] = [];
    await forEachConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++atOnce);
      await pause(item % 3);
      atOnce -= 1;
      done.push(item);
    });
    expect(most).toBe(3);
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('stops at the first failure, after what is under way has ended', async () => {
    const ended: number[] = [];
    const work = forEachConcurrently([1, 2, 3, 4, 5, 6], 2, async (item) => {
      if (item === 1) throw new Error('failed');
      await pause(5);
      ended.push(item);
    });
    await expect(work).rejects.toThrow('failed');
    expect(ended).toEqual([2]);
  });
});
