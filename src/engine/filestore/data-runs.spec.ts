import { expect, it } from 'vitest';
import { dataRuns } from './data-runs.js';

const KIB = 1024;

it('finds what is not whole blocks of zeros', () => {
  const piece = Buffer.alloc(300 * KIB);
  expect([...dataRuns(piece)]).toEqual([]);
  expect([...dataRuns(Buffer.alloc(0))]).toEqual([]);
  piece[130 * KIB] = 1;
  piece[200 * KIB] = 1;
  expect([...dataRuns(piece)]).toEqual([{ start: 128 * KIB, end: 256 * KIB }]);
  piece[0] = 1;
  piece[300 * KIB - 1] = 1;
  expect([...dataRuns(piece)]).toEqual([
    { start: 0, end: 64 * KIB },
    { start: 128 * KIB, end: 300 * KIB },
  ]);
});
