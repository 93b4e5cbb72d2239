import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BoundedTasks } from './bounded-tasks.js';

const never = new AbortController().signal;

describe('BoundedTasks', () => {
  it('never runs more than the limit, and all of them by the end', async () => {
    const tasks = new BoundedTasks(3, never);
    let running = 0;
    let most = 0;
    let done = 0;
    for (let n = 0; n < 20; n += 1) {
      await tasks.start(async () => {
        most = Math.max(most, (running += 1));
        await turn();
        running -= 1;
        done += 1;
      });
    }
    await tasks.finish();
    expect([most, done]).toEqual([3, 20]);
  });

  it('stops the others at the first failure, waits for them, and starts no more', async () => {
    const tasks = new BoundedTasks(2, never);
    const failure = new Error('the disk broke');
    let ended = false;
    await tasks.start(async (signal) => {
      while (!signal.aborted) await turn();
      await turn();
      ended = true;
      signal.throwIfAborted();
    });
    await tasks.start(async () => {
      throw failure;
    });
    await turn();
    await expect(tasks.start(async () => undefined)).rejects.toBe(failure);
    await expect(tasks.finish()).rejects.toBe(failure);
    expect(ended).toBe(true);
  });
});
