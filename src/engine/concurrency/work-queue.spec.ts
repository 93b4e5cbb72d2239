import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { WorkQueue } from './work-queue.js';

it('does every item once, in order, also those that come up meanwhile', async () => {
  const queue = new WorkQueue([1, 2, 3]);
  const done: number[] = [];
  await queue.work(async (item) => {
    done.push(item);
    if (item === 1) queue.addFirst([10, 11]);
  });
  expect(done).toEqual([1, 10, 11, 2, 3]);
});

it('keeps everybody until nobody can bring something any more', async () => {
  const queue = new WorkQueue(['slow']);
  const by: string[] = [];
  const worker = (name: string) =>
    queue.work(async (item) => {
      by.push(`${name} ${item}`);
      await pause(10);
      if (item === 'slow') queue.addFirst(['found 1', 'found 2']);
    });
  await Promise.all([worker('a'), worker('b')]);
  expect(by.toSorted()).toEqual(['a found 2', 'a slow', 'b found 1'].toSorted());
});

it('lets go of those who wait when the last one fails', async () => {
  const queue = new WorkQueue([1]);
  const failing = queue.work(async () => {
    await pause(5);
    throw new Error('no');
  });
  const waiting = queue.work(async () => undefined);
  await expect(failing).rejects.toThrow('no');
  await expect(waiting).resolves.toBeUndefined();
});
