import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { aheadOf, clockAheadMs } from './stamping-clock.js';

it('one clock is ahead of another by what lies beyond the time it took to ask', () => {
  expect(aheadOf(1_005, 1_000, 1_010)).toBe(0);
  // The kernel's tick.
  expect(aheadOf(990, 1_000, 1_010)).toBe(0);
  expect(aheadOf(61_010, 1_000, 1_010)).toBe(60_000);
  expect(aheadOf(1_000, 61_000, 61_010)).toBe(-60_000);
});

it('the clock of a local file system is ours, and nothing is left of asking it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-clock-'));
  expect(await clockAheadMs(directory)).toBe(0);
  expect(await readdir(directory)).toEqual([]);
  await rm(directory, { recursive: true });
  expect(await clockAheadMs(directory)).toBe(0);
});
