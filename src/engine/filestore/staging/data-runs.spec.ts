import { expect, it } from 'vitest';
import { dataRuns, Placement } from './data-runs.js';

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

it('says where the bytes of a content belong, however they are cut into pieces', () => {
  const runs = [
    { offset: 10, bytes: 3 },
    { offset: 20, bytes: 1 },
    { offset: 30, bytes: 4 },
  ];
  for (const length of [1, 2, 3, 5, 8]) {
    const placement = new Placement(runs);
    const file = Buffer.alloc(34, '.');
    const content = Buffer.from('abcdefgh');
    for (let at = 0; at < content.length; at += length) {
      for (const { offset, part } of placement.place(content.subarray(at, at + length))) part.copy(file, offset);
    }
    expect(file.toString()).toBe('..........abc.......d.........efgh');
    expect([...placement.place(Buffer.from('more'))]).toEqual([]);
  }
});
