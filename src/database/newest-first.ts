import type { EntityManager, ObjectLiteral } from 'typeorm';
import { countUpToFrom } from './count-up-to.js';
import { type Bounds, ListOrder, type Page, type PageQuery, type Total } from './page.js';
import type { RowReader } from './row-reader.js';

interface Dated extends ObjectLiteral {
  id: string;
  createdAt: Date;
}

/** Of the newest of two that were created at the same time the one with the greater id. */
export const newestFirst = { createdAt: 'DESC', id: 'DESC' } as const;

/** The order of lists of what is created, and never moves in them. Times have milliseconds in the tables too. */
export const newestFirstOrder = new ListOrder<Dated>('newest', ['time', 'uuid'], ({ createdAt, id }) => [
  createdAt.toISOString(),
  id,
]);

/** What rows of a page have in common: `row.status = ?` and what stands there; one without a value is a condition by itself. */
export type Condition = readonly [sql: string, value?: unknown];

/**
 * A page of one table's rows. A condition whose value is undefined is none. `count` is for those who know how many there are without counting
 * them. Throws `validation-failed` for a cursor of another list.
 */
export async function newestPage<Row extends Dated>(
  rows: RowReader<Row>,
  manager: EntityManager,
  conditions: readonly Condition[],
  query: PageQuery,
  count?: () => Promise<Total>,
): Promise<Page<Row>> {
  const bounds = newestFirstOrder.bounds(query);
  const values: unknown[] = [];
  const where = conditions
    .filter((condition) => condition.length === 1 || condition[1] !== undefined)
    .map(([sql, value]) => (value === undefined ? sql : sql.replace('?', () => `$${values.push(value)}`)))
    .join(' AND ');
  const counted = count ?? (() => countUpToFrom(manager, `${rows.from(manager)} WHERE ${where}`, [...values]));
  const [found, total] = await Promise.all([findNewest(rows, manager, { where, values }, bounds), counted()]);
  return newestFirstOrder.page(found, total, bounds);
}

/** The one too many included. */
async function findNewest<Row extends Dated>(
  rows: RowReader<Row>,
  manager: EntityManager,
  { where, values }: { where: string; values: readonly unknown[] },
  { limit, offset, after }: Bounds,
): Promise<Row[]> {
  const free = values.length + 1;
  const behind = after === null ? '' : ` AND (row.created_at, row.id) < ($${free}::timestamptz, $${free + 1}::uuid)`;
  return rows.all(
    manager,
    `WHERE ${where}${behind}
      ORDER BY row.created_at DESC, row.id DESC LIMIT ${limit + 1} OFFSET ${offset}`,
    [...values, ...(after ?? [])],
  );
}
