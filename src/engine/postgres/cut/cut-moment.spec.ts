import { expect, it } from 'vitest';
import { widen } from './cut-moment.js';

const EPOCH = 1n << 32n;

it('finds the 64-bit id in the present epoch', () => {
  expect(widen(100n, 3n * EPOCH + 200n)).toBe(3n * EPOCH + 100n);
});

it('finds the 64-bit id in the epoch before when its lower half has not come round yet', () => {
  expect(widen(200n, 3n * EPOCH + 200n)).toBe(2n * EPOCH + 200n);
  expect(widen(EPOCH - 1n, 3n * EPOCH + 3n)).toBe(3n * EPOCH - 1n);
});

it('knows no transaction for rows that were frozen by force, or for ids from before all ids', () => {
  expect(widen(2n, 3n * EPOCH)).toBeNull();
  expect(widen(500n, 400n)).toBeNull();
});
