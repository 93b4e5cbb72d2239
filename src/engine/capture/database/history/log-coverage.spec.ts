import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LogSummary, placeInLog, readingOf } from './log-coverage.js';

const lsn = (place: number) => `0/${place.toString(16).toUpperCase()}`;
const summary = (from: number, to: number): LogSummary => ({ from: lsn(from), to: lsn(to) });
const stretch = (from: number, to: number) => ({ timeline: 1, from: lsn(from), to: lsn(to) });

it('reads a place as the server prints it', () => {
  expect(placeInLog('0/0')).toBe(0n);
  expect(placeInLog('16/B374D848')).toBe(0x16_b374_d848n);
  expect(() => placeInLog('somewhere')).toThrow(SyntaxError);
});

it('reads the summaries that the stretch lies in, and none that only touches it', () => {
  const all = [summary(10, 20), summary(20, 30), summary(30, 40), summary(40, 50)];
  expect(readingOf(all, stretch(20, 35))).toEqual({ files: [all[1], all[2]] });
  expect(readingOf(all, stretch(25, 40))).toEqual({ files: [all[1], all[2]] });
});

it('waits for what has no summary yet', () => {
  expect(readingOf([], stretch(20, 35))).toEqual({ isLost: false });
  expect(readingOf([summary(10, 30)], stretch(20, 35))).toEqual({ isLost: false });
  expect(readingOf([summary(10, 20)], stretch(20, 35))).toEqual({ isLost: false });
});

it('does not wait for what will never have one', () => {
  expect(readingOf([summary(30, 40)], stretch(20, 35))).toEqual({ isLost: true });
  expect(readingOf([summary(10, 22), summary(25, 40)], stretch(20, 35))).toEqual({ isLost: true });
});

it('finds every byte of the stretch in what it reads, or reads nothing', () => {
  const place = fc.integer({ min: 0, max: 60 });
  const pairs = fc.array(fc.tuple(place, place), { maxLength: 8 });
  fc.assert(
    fc.property(pairs, place, place, (drawn, a, b) => {
      const summaries = drawn
        .map(([from, to]) => ({ from: Math.min(from, to), to: Math.max(from, to) }))
        .toSorted((one, other) => one.from - other.from);
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const reading = readingOf(
        summaries.map((one) => summary(one.from, one.to)),
        stretch(from, to),
      );
      const isCovered = Array.from({ length: to - from }, (_, index) => from + index).every((byte) =>
        summaries.some((one) => one.from <= byte && byte < one.to),
      );
      expect('files' in reading).toBe(isCovered);
    }),
  );
});
