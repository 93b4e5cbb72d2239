import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { MOST_COUNTED, type Total, totalOf } from './page.js';

/** How many rows a query finds, without reading more than `MOST_COUNTED` and one. */
export async function countUpTo<Row extends ObjectLiteral>(found: SelectQueryBuilder<Row>): Promise<Total> {
  const [sql, parameters] = found
    .select('1')
    .limit(MOST_COUNTED + 1)
    .getQueryAndParameters();
  return count(found.connection.manager, sql, parameters);
}

/** The same of a statement from its FROM on. */
export async function countUpToFrom(manager: EntityManager, from: string, values: unknown[]): Promise<Total> {
  return count(manager, `SELECT ${from} LIMIT ${MOST_COUNTED + 1}`, values);
}

async function count(manager: EntityManager, limited: string, values: unknown[]): Promise<Total> {
  const rows: { n: string }[] = await manager.query(`SELECT count(*) AS n FROM (${limited}) counted`, values);
  return totalOf(Number(rows[0]?.n ?? 0));
}
