import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { MOST_COUNTED, type Total, totalOf } from './page.js';

/** How many rows a query finds, without reading more than `MOST_COUNTED` and one. */
export async function countUpTo<Row extends ObjectLiteral>(found: SelectQueryBuilder<Row>): Promise<Total> {
  const [sql, parameters] = found
    .select('1')
    .limit(MOST_COUNTED + 1)
    .getQueryAndParameters();
  const rows: { n: string }[] = await found.connection.query(`SELECT count(*) AS n FROM (${sql}) counted`, parameters);
  return totalOf(Number(rows[0]?.n ?? 0));
}
