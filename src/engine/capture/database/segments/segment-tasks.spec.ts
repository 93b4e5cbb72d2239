import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { DatabaseBase } from '../history/database-base.js';
import { planTasks } from './segment-tasks.js';

const MIB = 1024 * 1024;
const table = (oid: number, name: string) => ({
  oid,
  schema: 'public',
  name,
  columns: ['a'],
  generated: [],
  extensionCondition: null,
  isHeap: true,
  isLogged: true,
  filenode: String(oid),
});
const shape = (fingerprint: string, obstacle?: string) => ({
  fingerprint,
  identity: '',
  ...(obstacle && { obstacle }),
});

it('reads the longest segments first, and counts a comparison as less than reading', () => {
  const base: DatabaseBase = {
    entries: () => Readable.from([]),
    tables: new Map([['same', { table: 7, ranges: [{ fromBlock: 0, rows: 5 }] }]]),
    names: new Set(['"public"."known"']),
  };
  const plan = planTasks({
    tables: [table(1, 'known'), table(2, 'small'), table(3, 'large')],
    sizes: new Map([
      [1, { blocks: 100, bytes: 20 * MIB }],
      [2, { blocks: 1, bytes: 1 * MIB }],
      [3, { blocks: 100, bytes: 18 * MIB }],
    ]),
    shapes: new Map([
      [1, shape('same')],
      [2, shape('new')],
      [3, shape('also new')],
    ]),
    base,
    segmentBytes: 10 * MIB,
  });
  expect(plan.tasks.map(({ of, baseRows }) => [of.source.name, baseRows])).toEqual([
    ['large', undefined],
    ['large', undefined],
    ['known', 5],
    ['small', undefined],
  ]);
  expect(plan.tables.map(({ baseTable, reason }) => [baseTable, reason])).toEqual([
    [7, undefined],
    [undefined, 'the base snapshot has no such table'],
    [undefined, 'the base snapshot has no such table'],
  ]);
});

it('does not take a table that was not measured for one without rows', () => {
  const facts = { tables: [table(1, 'known'), table(2, 'unknown')], shapes: new Map() };
  const sizes = new Map([[1, { blocks: 0, bytes: 0 }]]);
  expect(() => planTasks({ ...facts, sizes })).toThrow('"unknown" was not measured');
});

it('keeps no fingerprint of what may never be carried over, and never divides what is not a heap', () => {
  const plan = planTasks({
    tables: [table(1, 'named'), { ...table(2, 'columnar'), isHeap: false }],
    sizes: new Map([
      [1, { blocks: 1, bytes: 1 }],
      [2, { blocks: 100, bytes: 100 * MIB }],
    ]),
    shapes: new Map([
      [1, shape('x', 'it has a regclass')],
      [2, shape('y', 'it is no heap')],
    ]),
    segmentBytes: MIB,
  });
  expect(plan.tables.map(({ fingerprint, reason }) => [fingerprint, reason])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect(plan.tasks.map(({ range }) => range)).toEqual([{ fromBlock: 0 }, { fromBlock: 0 }]);
});

it('tests a table that was restored as a whole, in ranges of its own, and says why it reads one without notes', () => {
  const base: DatabaseBase = {
    entries: () => Readable.from([]),
    tables: new Map([['same', { table: 7, ranges: [{ fromBlock: 0, rows: 5 }], isWhole: true }]]),
    names: new Set(['"public"."known"', '"public"."unnoted"']),
    isRestored: true,
  };
  const plan = planTasks({
    tables: [table(1, 'known'), table(2, 'unnoted')],
    sizes: new Map([
      [1, { blocks: 100, bytes: 20 * MIB }],
      [2, { blocks: 1, bytes: 1 * MIB }],
    ]),
    shapes: new Map([
      [1, shape('same')],
      [2, shape('other')],
    ]),
    base,
    segmentBytes: 10 * MIB,
  });
  const known = plan.tasks.filter(({ of }) => of.source.name === 'known');
  expect(known.map(({ range }) => range)).toEqual([{ fromBlock: 0, toBlock: 50 }, { fromBlock: 50 }]);
  expect(new Set(known.map(({ whole }) => whole)).size).toBe(1);
  expect(known[0]?.whole?.base).toEqual([{ fromBlock: 0, rows: 5 }]);
  expect(plan.tables[1]?.reason).toMatch(/rollback/);
});
