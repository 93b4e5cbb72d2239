import { expect, it } from 'vitest';
import { bytesInRange, coversAllOnce, planSegments } from './segment-plan.js';

const MIB = 1024 * 1024;

it('reads an empty table in one range without an end', () => {
  expect(planSegments({ blocks: 0, bytes: 0 })).toEqual([{ fromBlock: 0 }]);
});

it('reads a small table in one range without an end', () => {
  expect(planSegments({ blocks: 10, bytes: 81_920 })).toEqual([{ fromBlock: 0 }]);
});

it('divides a large table into ranges of equal size, the last one without an end', () => {
  expect(planSegments({ blocks: 100, bytes: 100 * MIB }, 25 * MIB)).toEqual([
    { fromBlock: 0, toBlock: 25 },
    { fromBlock: 25, toBlock: 50 },
    { fromBlock: 50, toBlock: 75 },
    { fromBlock: 75 },
  ]);
});

it('counts long values that lie elsewhere, but never divides a block', () => {
  expect(planSegments({ blocks: 3, bytes: 1000 * MIB }, 32 * MIB)).toEqual([
    { fromBlock: 0, toBlock: 1 },
    { fromBlock: 1, toBlock: 2 },
    { fromBlock: 2 },
  ]);
});

it('divides what has grown behind a block', () => {
  expect(planSegments({ blocks: 100, bytes: 100 * MIB }, 30 * MIB, 40)).toEqual([
    { fromBlock: 40, toBlock: 70 },
    { fromBlock: 70 },
  ]);
  expect(planSegments({ blocks: 20, bytes: 20 * MIB }, 30 * MIB, 40)).toEqual([{ fromBlock: 40 }]);
});

it('has every block exactly once, whatever the sizes', () => {
  for (let blocks = 0; blocks < 200; blocks += 7) {
    for (let bytes = 1; bytes < 40; bytes += 3) {
      expect(coversAllOnce(planSegments({ blocks, bytes: bytes * MIB }, 3 * MIB))).toBe(true);
    }
  }
});

it('knows ranges with a hole, an overlap, no beginning or no end', () => {
  expect(coversAllOnce([])).toBe(false);
  expect(coversAllOnce([{ fromBlock: 1 }])).toBe(false);
  expect(coversAllOnce([{ fromBlock: 0, toBlock: 5 }])).toBe(false);
  expect(coversAllOnce([{ fromBlock: 0, toBlock: 5 }, { fromBlock: 6 }])).toBe(false);
  expect(coversAllOnce([{ fromBlock: 0, toBlock: 5 }, { fromBlock: 4 }])).toBe(false);
  expect(coversAllOnce([{ fromBlock: 0 }, { fromBlock: 0 }])).toBe(false);
  expect(coversAllOnce([{ fromBlock: 0, toBlock: 0 }, { fromBlock: 0 }])).toBe(false);
});

it('says what a range is likely to have', () => {
  expect(bytesInRange({ blocks: 10, bytes: 100 }, { fromBlock: 2, toBlock: 5 })).toBe(30);
  expect(bytesInRange({ blocks: 10, bytes: 100 }, { fromBlock: 8 })).toBe(20);
  expect(bytesInRange({ blocks: 10, bytes: 100 }, { fromBlock: 12 })).toBe(0);
});
