import { errors } from '../errors/catalogue.js';

/** What a list was asked for. The contract fills in the defaults; they stand here for calls within the service. */
export interface PageQuery {
  limit?: number;
  offset?: number;
  cursor?: string;
}

/** How many items a list has; a lower bound when counting them all would take the longer the more there are. */
export interface Total {
  total: number;
  totalIsLowerBound: boolean;
}

/** The answer of every list. */
export interface Page<T> extends Total {
  items: T[];
  limit: number;
  offset: number;
  nextCursor: string | null;
}

/** Which rows a query should take: one more than `limit`, which tells whether there is another page. */
export interface Bounds {
  limit: number;
  /** How many to pass over; 0 behind a cursor. */
  offset: number;
  /** What the list is ordered by, of the row after which to begin. */
  after: readonly string[] | null;
  /** How many were passed over altogether, as far as is known. */
  passed: number;
}

/** As text that PostgreSQL casts to it. */
type KeyKind = keyof typeof FITS;

/** Lists are counted exactly up to so many. */
export const MOST_COUNTED = 5_000;
const DEFAULT_LIMIT = 20;

const FITS = {
  text: (key: string) => !key.includes('\0'),
  time: (key: string) =>
    /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:\d\d)?)$/.test(key) &&
    !Number.isNaN(Date.parse(key.replace(/([+-]\d\d)$/, '$1:00'))),
  // That there is: some days are read as ones of the month after.
  date: (key: string) =>
    /^[12]\d{3}-\d\d-\d\d$/.test(key) && !Number.isNaN(Date.parse(key)) && new Date(key).toISOString().startsWith(key),
  uuid: (key: string) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(key),
  integer: (key: string) => /^\d{1,18}$/.test(key),
  boolean: (key: string) => key === 'true' || key === 'false',
};

/**
 * The order of a list, which is total: no two rows have the same keys. A cursor holds the keys of the last row of a page, so that the
 * next page begins behind it whatever has come or gone meanwhile. Whose rows they are no cursor says: the query does.
 */
export class ListOrder<Row> {
  constructor(
    private readonly name: string,
    private readonly kinds: readonly KeyKind[],
    private readonly keysOf: (row: Row) => readonly string[],
  ) {}

  /** Throws `validation-failed` for a cursor that is not of this order, or stands beside an offset. */
  bounds({ limit = DEFAULT_LIMIT, offset = 0, cursor }: PageQuery): Bounds {
    if (cursor === undefined) return { limit, offset, after: null, passed: offset };
    if (offset > 0) throw errors.validationFailed([{ field: 'offset', message: 'cannot stand beside a cursor' }]);
    return { limit, offset: 0, ...this.decode(cursor) };
  }

  /** @param rows what was found within the bounds, the one too many included */
  page<Found extends Row>(rows: readonly Found[], total: Total, { limit, passed }: Bounds): Page<Found> {
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const more = rows.length > limit && last !== undefined;
    const nextCursor = more ? this.cursor(last, passed + items.length) : null;
    return { items, ...total, limit, offset: passed, nextCursor };
  }

  /** What leads to the page behind a row, when so many were passed over. */
  cursor(row: Row, passed: number): string {
    return Buffer.from(JSON.stringify([this.name, passed, ...this.keysOf(row)])).toString('base64url');
  }

  private decode(cursor: string): { after: string[]; passed: number } {
    const [name, passed, ...after] = parsed(cursor);
    const fits =
      name === this.name &&
      Number.isSafeInteger(passed) &&
      after.length === this.kinds.length &&
      this.kinds.every((kind, index) => typeof after[index] === 'string' && FITS[kind](after[index]));
    if (fits) return { after: after as string[], passed: passed as number };
    throw errors.validationFailed([{ field: 'cursor', message: 'must be a nextCursor of this list' }]);
  }
}

/** Of rows that have been counted to `MOST_COUNTED + 1` at the most. */
export function totalOf(counted: number): Total {
  return { total: Math.min(counted, MOST_COUNTED), totalIsLowerBound: counted > MOST_COUNTED };
}

/** The same page of what its items are shown as. */
export function mapPage<From, To>(page: Page<From>, show: (item: From) => To): Page<To> {
  return { ...page, items: page.items.map(show) };
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
