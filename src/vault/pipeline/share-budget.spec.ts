import { expect, it } from 'vitest';
import { shareBudget } from './share-budget.js';

const MIB = 1024 * 1024;

it.each([
  ['the least budget', 160, 40, 120],
  ['a smaller one, as a test has it', 128, 32, 96],
  ['the usual one', 256, 44, 132],
  ['a large one', 1024, 236, 708],
])('of %s, what is above 160 MiB is kept back, up to 80 MiB', (_, budget, reading, pipeline) => {
  expect(shareBudget(budget * MIB)).toEqual({ readingBytes: reading * MIB, pipelineBytes: pipeline * MIB });
});
