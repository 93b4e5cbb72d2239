import { expect, it } from 'vitest';
import type { ScriptEntry } from '../script/script-entry.js';
import { BATCH_BYTES, DefinitionQueue, type DefinitionWork } from './definition-queue.js';

const work = (id: number, tables: number[], alone: boolean, small = false): DefinitionWork => ({
  entries: [{ id } as ScriptEntry],
  tables,
  alone,
  bytes: small ? 1 : BATCH_BYTES,
});
const idsOf = (batch: DefinitionWork[] | undefined) => batch?.flatMap(({ entries }) => entries.map(({ id }) => id));

it('builds indexes of a table side by side, and gives a constraint the table for itself', () => {
  const queue = new DefinitionQueue();
  queue.add(work(1, [1], true), work(2, [1], false), work(3, [1], false));

  const first = queue.take({ moreToCome: false })!;
  expect(idsOf(first)).toEqual([1]);
  expect(queue.take({ moreToCome: false })).toBeUndefined();
  queue.release(first);
  expect([idsOf(queue.take({ moreToCome: false })), idsOf(queue.take({ moreToCome: false }))]).toEqual([[2], [3]]);
  expect(queue.isEmpty).toBe(true);
});

it('hands out first what takes longest, and otherwise what came first', () => {
  const queue = new DefinitionQueue();
  const of = (id: number, bytes: number) => ({ ...work(id, [id], true), bytes: bytes * BATCH_BYTES });
  queue.add(of(1, 1), of(2, 3));
  queue.add(of(3, 2), of(4, 3));
  const order = Array.from({ length: 4 }, () => idsOf(queue.take({ moreToCome: false })));
  expect(order).toEqual([[2], [4], [3], [1]]);
});

it('hands out small work together, but none that others lock', () => {
  const queue = new DefinitionQueue();
  queue.add(work(1, [1, 2], true), work(2, [2, 3], true, true), work(3, [4], true, true), work(4, [4], true, true));

  const large = queue.take({ moreToCome: false })!;
  expect(idsOf(large)).toEqual([1]);
  const small = queue.take({ moreToCome: false })!;
  expect(idsOf(small)).toEqual([3, 4]);
  queue.release(small);
  expect(queue.take({ moreToCome: false })).toBeUndefined();
  queue.release(large);
  expect(idsOf(queue.take({ moreToCome: false }))).toEqual([2]);
});

it('hands out no more at a time than is little, and no less while more is to come', () => {
  const queue = new DefinitionQueue();
  for (let id = 0; id < 10; id += 1)
    queue.add({ entries: [{ id } as ScriptEntry], tables: [id], alone: true, bytes: BATCH_BYTES / 4 });
  const next = (moreToCome: boolean) => idsOf(queue.take({ moreToCome }));

  expect([next(true), next(true), next(true)]).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], undefined]);
  expect(next(false)).toEqual([8, 9]);
});
