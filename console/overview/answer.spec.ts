import { describe, expect, it } from 'vitest';
import { answerOf } from './answer.js';

const of = (unprotectedCount = 0, lateCount = 0, pausedCount = 0, unscheduledCount = 0, protectedCount = 0) =>
  answerOf({ unprotectedCount, lateCount, pausedCount, unscheduledCount, protectedCount });

describe('the answer of the overview', () => {
  it.each([
    [of(), 'plain', 'Nothing is registered yet, so nothing is protected.'],
    [of(1), 'bad', 'No: the one environment is not protected.'],
    [of(1, 2, 0, 0, 9), 'bad', 'No: of 12 environments 1 is not protected and 2 are overdue.'],
    [of(0, 1, 1, 2, 1), 'warn', 'No: of 5 environments 1 is overdue. 1 is paused and 2 are without a schedule.'],
    [of(0, 0, 1, 0, 4), 'plain', 'Partly: of 5 environments 4 are protected. 1 is paused.'],
    [of(0, 0, 0, 3), 'warn', 'Not by a schedule: of 3 environments 3 are without a schedule.'],
    [of(0, 0, 0, 0, 1), 'good', 'Yes: the one environment is protected.'],
    [of(0, 0, 0, 0, 12), 'good', 'Yes: all 12 environments are protected.'],
  ])('says the worst first: %#', ({ tone, text }, expectedTone, expectedText) => {
    expect([tone, text]).toEqual([expectedTone, expectedText]);
  });
});
