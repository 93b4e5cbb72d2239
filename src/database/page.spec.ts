import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../errors/problem.js';
import { ListOrder, MOST_COUNTED, totalOf } from './page.js';
import type { Bounds, Page } from './page.js';

interface Row {
  at: string;
  id: string;
}

const byTime = new ListOrder<Row>('by-time', ['time', 'uuid'], ({ at, id }) => [at, id]);
const EXACT = { total: 0, totalIsLowerBound: false };

/** What a query would find, in the order of the list. */
function found(rows: readonly Row[], { limit, offset, after }: Bounds): Row[] {
  const keyOf = ({ at, id }: Row) => `${at} ${id}`;
  const sorted = rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const behind = after === null ? sorted : sorted.filter((row) => keyOf(row) > after.join(' '));
  return behind.slice(offset, offset + limit + 1);
}

function refusalOf(cursor: string, order: ListOrder<Row> = byTime): Problem {
  try {
    order.bounds({ cursor });
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

const rowsOf = fc.uniqueArray(
  fc.record({
    at: fc.integer({ min: 0, max: 4 }).map((second) => `2026-11-29T10:00:0${second}.123Z`),
    id: fc.uuid(),
  }),
  { selector: ({ id }) => id, maxLength: 12 },
);

describe('the pages of a list', () => {
  it('bring each row once that is there from the first to the last, whatever comes and goes meanwhile', () => {
    fc.assert(
      fc.property(rowsOf, rowsOf, fc.integer({ min: 1, max: 5 }), (rows, others, limit) => {
        const present = [...rows];
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const bounds = byTime.bounds({ limit, cursor });
          const page: Page<Row> = byTime.page(found(present, bounds), EXACT, bounds);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor ?? undefined;
          const comes = others.pop();
          if (comes !== undefined) present.push(comes);
        } while (cursor !== undefined);
        const stayed = rows.map(({ id }) => id);
        expect(seen.filter((id) => stayed.includes(id)).toSorted()).toEqual(stayed.toSorted());
        expect(new Set(seen).size).toBe(seen.length);
      }),
    );
  });

  it('say how many were passed over on the way', () => {
    const rows = [1, 2, 3].map((n) => ({
      at: `2026-11-29T10:00:0${n}Z`,
      id: `5a3f3a9c-0b7e-4d57-8a55-7c2f4f0a6d0${n}`,
    }));
    const first = byTime.bounds({ limit: 2 });
    const { nextCursor } = byTime.page(found(rows, first), EXACT, first);
    const second = byTime.bounds({ limit: 2, cursor: nextCursor! });
    expect(byTime.page(found(rows, second), EXACT, second)).toMatchObject({
      offset: 2,
      nextCursor: null,
      items: [rows[2]],
    });
  });
});

describe('a cursor', () => {
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const id = '5a3f3a9c-0b7e-4d57-8a55-7c2f4f0a6d04';

  it.each([
    ['no base64url', '***'],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['no array', encoded({ length: 4 })],
    ['of another list', encoded(['by-name', 0, '2026-11-29T10:00:00Z', id])],
    ['without its keys', encoded(['by-time', 0])],
    ['with a key too many', encoded(['by-time', 0, '2026-11-29T10:00:00Z', id, id])],
    ['with a key that is no text', encoded(['by-time', 0, 5, id])],
    ['with a time that is none', encoded(['by-time', 0, '2026-11-31T25:00:00Z', id])],
    ['with an id that is none', encoded(['by-time', 0, '2026-11-29T10:00:00Z', "' OR true --"])],
    ['that has passed over half a row', encoded(['by-time', 0.5, '2026-11-29T10:00:00Z', id])],
  ])('%s is refused by its name', (_, cursor) => {
    const { status, code, errors } = refusalOf(cursor);
    expect([status, code, errors]).toEqual([
      422,
      'validation-failed',
      [{ field: 'cursor', message: 'must be a nextCursor of this list' }],
    ]);
  });

  it('holds no text that PostgreSQL cannot take', () => {
    const byName = new ListOrder<Row>('by-name', ['text'], ({ id: name }) => [name]);
    expect(refusalOf(encoded(['by-name', 0, 'a\0b']), byName).code).toBe('validation-failed');
    expect(byName.bounds({ cursor: encoded(['by-name', 0, 'ä b']) }).after).toEqual(['ä b']);
  });

  it('holds the times of PostgreSQL, with their microseconds', () => {
    const at = '2026-11-29 10:00:00.123456+00';
    expect(byTime.bounds({ cursor: encoded(['by-time', 3, at, id]) })).toMatchObject({ after: [at, id], passed: 3 });
  });

  it('does not stand beside an offset', () => {
    const cursor = encoded(['by-time', 0, '2026-11-29T10:00:00Z', id]);
    expect(() => byTime.bounds({ cursor, offset: 1 })).toThrow('cannot stand beside a cursor');
    expect(byTime.bounds({ cursor, offset: 0 }).offset).toBe(0);
  });
});

it('a list says of more than it counts that there are more', () => {
  expect(totalOf(MOST_COUNTED)).toEqual({ total: MOST_COUNTED, totalIsLowerBound: false });
  expect(totalOf(MOST_COUNTED + 1)).toEqual({ total: MOST_COUNTED, totalIsLowerBound: true });
});
