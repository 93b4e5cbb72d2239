import { expect, it } from 'vitest';
import { divideBudget } from './divide-budget.js';
import { shareBudget } from './divide-budget.js';

const MIB = 1024 * 1024;

it.each([
  ['a small budget', 128, 32, 96],
  ['the usual one', 256, 32, 192],
  ['a large one', 1024, 32, 768],
])('of %s the pipeline has three quarters', (_, budget, reading, pipeline) => {
  expect(shareBudget(budget * MIB)).toEqual({ readingBytes: reading * MIB, pipelineBytes: pipeline * MIB });
});

it.each([
  [1, 1, 16],
  [2, 2, 32],
  [4, 4, 64],
  [64, 4, 64],
])('the usual budget is enough for four workers, and fewer on %i cores take less', (cores, workers, plain) => {
  const plan = divideBudget(shareBudget(256 * MIB).pipelineBytes, cores, 4 * MIB);
  expect(plan).toMatchObject({ workers, plainBytes: plain * MIB });
});
