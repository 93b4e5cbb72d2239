import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widthOf } from './fitted.js';
import { properties, table } from './table.js';
import type { Column } from './table.js';

/** Below which no column is cut. */
const NARROWEST = 6;

interface Row {
  cells: string[];
}

const UNIT = fc.constantFrom('a', 'b', ' ', '本', 'é', 'e\u0301', '🚀', '\x1b', '\u202e', '\n', '𝒳');

const columns = fc.array(
  fc.record({
    title: fc.constantFrom('id', 'name', 'restorability', 'x'),
    right: fc.boolean(),
    dropFirst: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 7 },
);

function columnsOf(made: readonly { title: string; right: boolean; dropFirst: number | undefined }[]): Column<Row>[] {
  return made.map(({ title, right, dropFirst }, at) => ({
    title,
    right,
    ...(dropFirst !== undefined && { dropFirst }),
    cell: ({ cells }) => cells[at],
  }));
}

describe('a table', () => {
  it('has no line wider than the terminal, unless every column that may not be left out is at its narrowest', () => {
    const row = fc.record({
      cells: fc.array(fc.string({ unit: UNIT, maxLength: 40 }), { minLength: 7, maxLength: 7 }),
    });
    fc.assert(
      fc.property(columns, fc.array(row, { maxLength: 4 }), fc.integer({ min: 20, max: 120 }), (made, rows, width) => {
        const lines = table(rows, columnsOf(made), width).split('\n');
        const needed = made.filter(({ dropFirst }) => dropFirst === undefined).length;
        const least = needed * NARROWEST + (needed - 1) * 2;
        expect(lines).toHaveLength(rows.length + 1);
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(Math.max(width, least));
        // oxlint-disable-next-line no-control-regex -- none may be there
        expect(lines.join('')).not.toMatch(/[\x00-\x1f\u202e]/);
      }),
      { numRuns: 500 },
    );
  });

  const COLUMNS: readonly Column<{ id: string; size: string; label: string | null }>[] = [
    { title: 'id', cell: ({ id }) => id },
    { title: 'size', cell: ({ size }) => size, right: true, dropFirst: 1 },
    { title: 'label', cell: ({ label }) => label },
  ];
  const ROWS = [
    { id: '1a2b3c4d', size: '7 B', label: '本番の前' },
    { id: '5e6f', size: '33.7 MB', label: null },
  ];

  it('has columns as wide as what is in them, and nothing at the end of a line', () => {
    expect(table(ROWS, COLUMNS, Infinity)).toBe(
      ['ID           SIZE  LABEL', '1a2b3c4d      7 B  本番の前', '5e6f      33.7 MB'].join('\n'),
    );
  });

  it('leaves columns out that are least needed, and then cuts the widest', () => {
    expect(table(ROWS, COLUMNS, 20)).toBe(['ID        LABEL', '1a2b3c4d  本番の前', '5e6f'].join('\n'));
    const long = [{ id: '1a2b3c4d', size: '', label: 'before the great migration' }];
    expect(table(long, COLUMNS, 20)).toBe(['ID        LABEL', '1a2b3c4d  before th…'].join('\n'));
  });
});

describe('one thing', () => {
  it('is told property by property, without those that are not known, and with names made harmless, too', () => {
    expect(
      properties([
        ['id', '1'],
        ['none', null],
        ['nor this', undefined],
        ['new\x1b[31m', 'a\nb'],
      ]),
    ).toBe([String.raw`id           1`, String.raw`new\x1b[31m  a\x0ab`].join('\n'));
  });
});
