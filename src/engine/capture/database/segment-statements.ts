import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.js';
import type { CapturedTable } from './inventory.js';
import { quoteRelation } from './relation.js';
import type { BlockRange } from './segment-plan.js';

/**
 * Reads the rows of a range as COPY text, in the database's own encoding: no conversion can fail or lose anything.
 * A row of a table without columns of its own is an empty line.
 */
export function copyStatement(table: CapturedTable, range: BlockRange, encoding: string): string {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  // With an extension's condition exactly as pg_dump reads it, whatever it may consist of.
  const source =
    table.extensionCondition === null
      ? `ONLY ${quoteRelation(table)}${where(range)}`
      : `${quoteRelation(table)} ${table.extensionCondition}`;
  return `COPY (SELECT ${columns} FROM ${source}) TO STDOUT WITH (FORMAT text, ENCODING ${quoteLiteral(encoding)})`;
}

/**
 * Whether the rows that are visible in a range are the ones the base had: `$1` is how many it had, `$2` its horizon.
 *
 * A row that an older transaction made and that is visible now was visible to the base. So when no row is of a
 * transaction from the horizon on, nothing was added; and when there are as many as there were, nothing is gone.
 * Ages are compared because the ids themselves come round. A row that was frozen by force has the greatest age there
 * is and may be of any time. One minimum and one maximum over all rows: a comparison row by row would be slower.
 */
export function testStatement(table: CapturedTable, range: BlockRange): string {
  return `SELECT pg_catalog.count(*) = $1::pg_catalog.int8
    AND coalesce(pg_catalog.min(pg_catalog.age(xmin)) > pg_catalog.age($2::pg_catalog.text::pg_catalog.xid8::pg_catalog.xid)
             AND pg_catalog.max(pg_catalog.age(xmin)) < 2147483647, true) AS same
    FROM ONLY ${quoteRelation(table)}${where(range)}`;
}

function where({ fromBlock, toBlock }: BlockRange): string {
  if (fromBlock === 0 && toBlock === undefined) return '';
  const upper = toBlock === undefined ? '' : ` AND ctid < '(${toBlock},0)'`;
  return ` WHERE ctid >= '(${fromBlock},0)'${upper}`;
}
