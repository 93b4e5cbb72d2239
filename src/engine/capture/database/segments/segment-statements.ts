import { quoteIdentifier, quoteLiteral } from '../../../postgres/sql/quote.js';
import { digestStatement } from '../../../postgres/sql/rows-digest.js';
import type { CapturedTable } from '../tables/inventory.js';
import { type Relation } from '../tables/relation.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';
import type { BlockRange } from './segment-plan.js';

/** Of a row that was frozen by force. */
const FROZEN_AGE = 2147483647;

type Source = Pick<CapturedTable, 'schema' | 'name' | 'columns' | 'extensionCondition'>;

/**
 * Reads the rows of a range as COPY text, in the database's own encoding: no conversion can fail or lose anything.
 * A row of a table without columns of its own is an empty line.
 */
export function copyStatement(table: Source, range: BlockRange, encoding: string): string {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  // With an extension's condition exactly as pg_dump reads it, whatever it may consist of.
  const source =
    table.extensionCondition === null
      ? `ONLY ${qualifiedName(table)}${where(range)}`
      : `${qualifiedName(table)} ${table.extensionCondition}`;
  return `COPY (SELECT ${columns} FROM ${source}) ${asText(encoding)}`;
}

/** The same for all rows of a table, and nothing is planned: no index, no function of anybody's is looked at. */
export function plainCopyStatement(table: Source, encoding: string): string {
  // Without a list it has no generated columns either.
  const columns = table.columns.length === 0 ? '' : ` (${table.columns.map(quoteIdentifier).join(', ')})`;
  return `COPY ${qualifiedName(table)}${columns} ${asText(encoding)}`;
}

/** What has to be planned for any range of the table. */
export function selectStatement(table: Relation): string {
  return `SELECT FROM ONLY ${qualifiedName(table)} WHERE ctid >= '(0,0)'`;
}

/** Of the rows of a range, generated values among them. */
export function segmentDigestStatement(table: CapturedTable, range: BlockRange): string {
  const { schema, name, columns, generated, extensionCondition } = table;
  return digestStatement({ schema, name, columns: [...columns, ...generated] }, extensionCondition ?? where(range));
}

function asText(encoding: string): string {
  return `TO STDOUT WITH (FORMAT text, ENCODING ${quoteLiteral(encoding)})`;
}

/**
 * Whether the rows that are visible in a range are the ones the base had: `$1` is how many it had, `$2` its horizon.
 *
 * A row that an older transaction made and that is visible now was visible to the base. So when no row is of a
 * transaction from the horizon on, nothing was added; and when there are as many as there were, nothing is gone.
 * Ages are compared because the ids themselves come round. A row that was frozen by force has the greatest age there
 * is and may be of any time. One minimum and one maximum over all rows: a comparison row by row would be slower.
 */
export function testStatement(table: Relation, range: BlockRange): string {
  return `SELECT pg_catalog.count(*) = $1::pg_catalog.int8 AND ${areOlderThan('$2')} AS same
    FROM ONLY ${qualifiedName(table)}${where(range)}`;
}

/** The same for a part of what is compared with the base: how many rows are visible in a range, and whether all are older than the horizon `$1`. */
export function countStatement(table: Relation, range: BlockRange): string {
  return `SELECT pg_catalog.count(*) AS rows, ${areOlderThan('$1')} AS old FROM ONLY ${qualifiedName(table)}${where(range)}`;
}

function areOlderThan(horizon: string): string {
  return `coalesce(pg_catalog.min(pg_catalog.age(xmin)) > ${ageOf(horizon)}
             AND pg_catalog.max(pg_catalog.age(xmin)) < ${FROZEN_AGE}, true)`;
}

/** Of one row, with the horizon in the statement: what `testStatement` asks of all together. */
export function isOlder(horizon: string): string {
  return `pg_catalog.age(xmin) > ${ageOf(quoteLiteral(horizon))} AND pg_catalog.age(xmin) < ${FROZEN_AGE}`;
}

function ageOf(horizon: string): string {
  return `pg_catalog.age(${horizon}::pg_catalog.text::pg_catalog.xid8::pg_catalog.xid)`;
}

function where({ fromBlock, toBlock }: BlockRange): string {
  if (fromBlock === 0 && toBlock === undefined) return '';
  const upper = toBlock === undefined ? '' : ` AND ctid < '(${toBlock},0)'`;
  return ` WHERE ctid >= '(${fromBlock},0)'${upper}`;
}
