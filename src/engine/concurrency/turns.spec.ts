import { expect, it } from 'vitest';
import { inTurns, Turns } from './turns.js';

/** Keeps the processor for so many milliseconds. */
function work(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

it('lets others have their turn, also in a loop that waits for nothing', async () => {
  const turns = new Turns();
  let others = 0;
  const timer = setInterval(() => (others += 1), 1);
  for (let n = 0; n < 20; n += 1) {
    work(10);
    await turns.pass();
  }
  clearInterval(timer);
  expect(others).toBeGreaterThanOrEqual(5);
});

it('has every item once, in lists of the size that was asked for', async () => {
  const lists: (readonly number[])[] = [];
  for await (const some of inTurns([1, 2, 3, 4, 5], 2)) lists.push(some);
  expect(lists).toEqual([[1, 2], [3, 4], [5]]);
});
