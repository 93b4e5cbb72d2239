import { cut, padded, widthOf } from './fitted.js';
import { visible } from './visible.js';

export interface Column<T> {
  title: string;
  /** What stands in it; text from elsewhere may be in it as it is. Nothing where it is not known. */
  cell: (item: T) => string | null | undefined;
  right?: boolean;
  /** Where a terminal is too narrow for all, columns of the highest number are left out first; those without one stay, and are cut. */
  dropFirst?: number;
}

const GAP = 2;
/** A column is not cut below this; the line is then wider than the terminal. */
const NARROWEST = 6;

interface Laid<T> {
  column: Column<T>;
  /** The cells, made harmless. */
  cells: string[];
  width: number;
}

/**
 * Rows for people: columns as wide as what is in them, without borders, so that copying one gives a word and no box. Where `width` is too narrow, columns
 * that are least needed are left out, and the widest of the rest are cut.
 */
export function table<T>(items: readonly T[], columns: readonly Column<T>[], width: number): string {
  const laid = cutToFit(
    withoutNeedless(
      columns.map((column) => layOut(column, items)),
      width,
    ),
    width,
  );
  return [
    laid.map(({ column }) => column.title.toUpperCase()),
    ...items.map((_, row) => laid.map(({ cells }) => cells[row]!)),
  ]
    .map((line) =>
      line
        .map((cell, at) => fitted(cell, laid[at]!))
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
    .join('\n');
}

/** Of one thing; without a value it is not told. */
export type Property = readonly [name: string, value: string | null | undefined];

/** One thing, property by property. Both names and values may be from elsewhere. */
export function properties(pairs: readonly Property[]): string {
  const present = pairs.flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[visible(name), visible(value)] as const],
  );
  const longest = Math.max(...present.map(([name]) => widthOf(name)));
  return present.map(([name, value]) => `${padded(name, longest + GAP)}${value}`).join('\n');
}

function layOut<T>(column: Column<T>, items: readonly T[]): Laid<T> {
  const cells = items.map((item) => visible(column.cell(item) ?? ''));
  return { column, cells, width: Math.max(column.title.length, ...cells.map(widthOf)) };
}

function withoutNeedless<T>(laid: readonly Laid<T>[], width: number): readonly Laid<T>[] {
  if (widthOfAll(laid) <= width) return laid;
  const needless = laid.filter(({ column }) => column.dropFirst !== undefined);
  if (needless.length === 0) return laid;
  const first = needless.reduce((a, b) => (b.column.dropFirst! > a.column.dropFirst! ? b : a));
  return withoutNeedless(
    laid.filter((each) => each !== first),
    width,
  );
}

/** The widest columns give way first. */
function cutToFit<T>(laid: readonly Laid<T>[], width: number): readonly Laid<T>[] {
  const cutting = laid.map((each) => ({ ...each }));
  while (widthOfAll(cutting) > width) {
    const widest = cutting.reduce((a, b) => (b.width >= a.width ? b : a));
    if (widest.width <= NARROWEST) break;
    widest.width -= 1;
  }
  return cutting;
}

function widthOfAll(laid: readonly { width: number }[]): number {
  return laid.reduce((sum, { width }) => sum + width + GAP, -GAP);
}

function fitted<T>(cell: string, { width, column }: Laid<T>): string {
  return padded(cut(cell, width), width, column.right);
}
