import { Raw } from 'typeorm';
import type { FindOptionsOrder, FindOptionsWhere, ObjectLiteral, Repository } from 'typeorm';
import { countUpTo } from './count-up-to.js';
import { type Bounds, ListOrder, type Page, type PageQuery, type Total } from './page.js';

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

/**
 * A page of one table's rows. `count` is for those who know how many there are without counting them. Throws `validation-failed` for a cursor of another
 * list.
 */
export async function newestPage<Row extends Dated>(
  rows: Repository<Row>,
  where: FindOptionsWhere<Row>,
  query: PageQuery,
  count: () => Promise<Total> = () => countUpTo(rows.createQueryBuilder().where(where)),
): Promise<Page<Row>> {
  const bounds = newestFirstOrder.bounds(query);
  const [found, total] = await Promise.all([findNewest(rows, where, bounds), count()]);
  return newestFirstOrder.page(found, total, bounds);
}

/** The one too many included. */
async function findNewest<Row extends Dated>(
  rows: Repository<Row>,
  where: FindOptionsWhere<Row>,
  { limit, offset, after }: Bounds,
): Promise<Row[]> {
  const behind =
    after === null
      ? {}
      : {
          createdAt: Raw((column) => `(${column}, id) < (:at::timestamptz, :id::uuid)`, { at: after[0], id: after[1] }),
        };
  return rows.find({
    where: { ...where, ...behind } as FindOptionsWhere<Row>,
    order: newestFirst as FindOptionsOrder<Row>,
    take: limit + 1,
    skip: offset,
  });
}
