import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widthOf } from '../output/fitted.js';
import { progressLine, progressLogLine } from './progress-line.js';
import type { WorkProgress } from './shown-progress.js';

const HALF: WorkProgress = {
  percent: 52.9,
  bytesDone: 1_200_000_000,
  bytesTotal: 2_300_000_000,
  filesDone: 3,
  filesTotal: 9,
  bytesPerSecond: 33_700_000,
  remainingSeconds: 33,
  message: 'Reading files',
  status: 'running',
  phase: 'files',
  final: false,
};

describe('a line of progress', () => {
  it('says phase, percent, bytes, rate and the time that is left', () => {
    expect(progressLine(HALF, 100)).toBe('███████████░░░░░░░░░   52 %  files  1.2 GB of 2.3 GB  33.7 MB/s  33 s left');
  });

  it.each([
    [72, ' 52 %  files  1.2 GB of 2.3 GB  33.7 MB/s  33 s left'],
    [41, ' 52 %  files  1.2 GB of 2.3 GB  33 s left'],
    [40, ' 52 %  files  33 s left'],
    [22, ' 52 %  files'],
    [8, ' 52 %  …'],
  ])('leaves out in %d columns what matters least', (width, line) => {
    expect(progressLine(HALF, width)).toBe(line);
  });

  it('is never wider than it may be, whatever the phase is called', () => {
    const count = fc.option(fc.nat({ max: 1e15 }));
    const progress = fc.record({
      percent: fc.float({ min: 0, max: 100, noNaN: true }),
      bytesDone: fc.nat({ max: 1e15 }),
      bytesTotal: count,
      bytesPerSecond: count,
      remainingSeconds: count,
      phase: fc.option(fc.string({ unit: fc.constantFrom('a', '本', 'é', '\x1b', '🚀'), maxLength: 60 })),
    });
    fc.assert(
      fc.property(progress, fc.integer({ min: 20, max: 120 }), (made, width) => {
        expect(widthOf(progressLine({ ...HALF, ...made }, width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('has the status where no phase has begun, and nothing of what is not known', () => {
    const queued = {
      ...HALF,
      ...{ percent: 0, phase: null, status: 'queued', bytesDone: 0, bytesTotal: null },
      ...{ bytesPerSecond: null, remainingSeconds: null },
    };
    expect(progressLine(queued, 40)).toBe('░░░░░░░░░░░░░░░░░░░░    0 %  queued');
    expect(progressLogLine(queued)).toBe('0 %  queued');
    // As an older service has it, which knows of no rates.
    const { bytesPerSecond: _, remainingSeconds: __, bytesTotal: ___, ...older } = HALF;
    expect(progressLine(older as WorkProgress, 60)).toBe('███████████░░░░░░░░░   52 %  files  1.2 GB');
  });

  it('in a log has nothing that is only of the moment, and nothing that a terminal interprets', () => {
    expect(progressLogLine({ ...HALF, phase: 'a\x1b[2J' })).toBe(String.raw`52 %  a\x1b[2J  1.2 GB of 2.3 GB`);
  });
});
