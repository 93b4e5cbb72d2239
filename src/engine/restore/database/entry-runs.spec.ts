import { expect, it } from 'vitest';
import { inRuns, MAPPED_AT_ONCE } from './entry-runs.js';

it('keeps the order and puts together what is restored in the same way', () => {
  expect(inRuns([5, 3, 4, 1], (id) => (id === 4 ? 'no-owner' : 'as-is'))).toEqual([
    { mode: 'as-is', ids: [5, 3] },
    { mode: 'no-owner', ids: [4] },
    { mode: 'as-is', ids: [1] },
  ]);
});

it('ends a run of mapped entries where it would take too much memory, and no other run', () => {
  const ids = Array.from({ length: 2 * MAPPED_AT_ONCE + 1 }, (_, index) => index);
  expect(inRuns(ids, () => 'mapped').map((run) => run.ids.length)).toEqual([MAPPED_AT_ONCE, MAPPED_AT_ONCE, 1]);
  expect(inRuns(ids, () => 'as-is').map((run) => run.ids)).toEqual([ids]);
});
