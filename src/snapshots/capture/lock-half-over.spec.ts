import { expect, it } from 'vitest';
import { isLockHalfOver } from './lock-half-over.js';

const now = new Date('2026-11-23T03:00:00.000Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);

it('is told of a lock that is there for less than half of its days, or was never put', () => {
  expect(isLockHalfOver(inDays(30), 30, now)).toBe(false);
  expect(isLockHalfOver(inDays(15), 30, now)).toBe(false);
  expect(isLockHalfOver(inDays(14.9), 30, now)).toBe(true);
  expect(isLockHalfOver(inDays(-1), 30, now)).toBe(true);
  expect(isLockHalfOver(null, 30, now)).toBe(true);
});

it('is told of none where nothing is locked', () => {
  expect(isLockHalfOver(null, undefined, now)).toBe(false);
  expect(isLockHalfOver(inDays(1), undefined, now)).toBe(false);
});
