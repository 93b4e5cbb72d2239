import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, padded, widthOf } from './fitted.js';

/** Letters, wide ones, accents that combine, pictures, and what `visible` makes of others. */
const UNIT = fc.constantFrom(
  'a',
  'é',
  'e\u0301',
  '\u0302',
  '本',
  '한',
  '🚀',
  '❤\ufe0f',
  '🇩🇪',
  '𝒳',
  String.raw`\u202e`,
  ' ',
  '…',
);
const text = () => fc.string({ unit: UNIT, maxLength: 30 });

describe('a text that is cut', () => {
  it('is no wider than it may be, begins as it did, and has no half of a character', () => {
    fc.assert(
      fc.property(text(), fc.integer({ min: 1, max: 40 }), (whole, width) => {
        const shown = cut(whole, width);
        expect(widthOf(shown)).toBeLessThanOrEqual(width);
        expect(shown.isWellFormed()).toBe(true);
        expect(shown === whole || (shown.endsWith('…') && whole.startsWith(shown.slice(0, -1)))).toBe(true);
        // No more is gone than one character that would have been too wide.
        expect(shown === whole || widthOf(shown) >= width - 2).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('stays as it is where there is room', () => {
    expect([cut('本番', 4), cut('本番', 3), cut('abc', 2), cut('e\u0301e\u0301', 2)]).toEqual([
      '本番',
      '本…',
      'a…',
      'e\u0301e\u0301',
    ]);
  });

  it('is filled up to its width, on the side that it does not stand on', () => {
    expect([padded('本', 4), padded('7', 3, true), padded('long', 2)]).toEqual(['本  ', '  7', 'long']);
  });
});
