import type { SurveyedTable } from '../restore/database/order/database-survey.js';
import { EVALUATING, KEYS_BEFORE_ROWS, OF_EXTENSIONS, REHASHED } from '../restore/database/order/load-order.js';
import { columnsOf } from '../restore/database/order/table-sql.js';
import { quoteLiteral } from '../postgres/sql/quote.js';
import { copyField } from './psql-text.js';

/** Tables that are loaded in one transaction: each holds a lock, of which a server has some thousands. */
const TABLES_A_TRANSACTION = 500;
/** Longer chains of tables that refer to each other before their rows are there are loaded as they come. */
const DEPTH = 50;

/** What of the tables the statements below ask for, in a temporary table: those that have a file of rows. */
function tablesHere(tables: readonly SurveyedTable[]): string {
  const rows = tables.filter(({ segments }) => segments > 0);
  const lines = rows.map((table) => {
    const { table: number, schema, name, condition, rows: count } = table;
    return [number, schema, name, columnsOf(table), condition, count].map(copyField).join('\t');
  });
  return `CREATE TEMPORARY TABLE snapback_tables (number bigint, schema text, name text, columns text, condition text, rows bigint);
COPY pg_temp.snapback_tables FROM stdin WITH (ENCODING 'UTF8');
${lines.map((line) => `${line}\n`).join('')}\\.
`;
}

/** Where the rows of a table are put: into itself, or into a root that has them with those of others. */
const PLACED = `placed AS (
  SELECT here.*, coalesce(moved."rootSchema", here.schema) AS "intoSchema", coalesce(moved."rootName", here.name) AS "intoName",
         moved.oid IS NOT NULL AS "isMoved", c.oid AS oid
    FROM pg_temp.snapback_tables here
    JOIN pg_catalog.pg_namespace n ON n.nspname = here.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = here.name
    LEFT JOIN moved ON moved.oid = c.oid)`;

/**
 * A script for psql that tells, when all that comes before rows is there, in which order tables are loaded: by the questions that a
 * rollback asks (`readLoadOrder`). A line for each: the number of its transaction, the number of its file and, for
 * bash's `printf %b`, the statement that takes it. Tables of extensions come first, and those whose rows call somebody's function
 * come last, each in a transaction of its own.
 */
export function tablePlan(tables: readonly SurveyedTable[], encoding: string): string {
  return `${tablesHere(tables)}
WITH RECURSIVE evaluating AS (${EVALUATING}),
keys AS (${KEYS_BEFORE_ROWS}),
moved AS (${REHASHED}),
of_extensions AS (${OF_EXTENSIONS}),
deep (oid, depth) AS (
  SELECT child, 1 FROM keys UNION SELECT keys.child, deep.depth + 1 FROM deep JOIN keys ON keys.parent = deep.oid WHERE deep.depth < ${DEPTH}
),
called AS (SELECT oid FROM evaluating UNION SELECT child FROM keys),
last AS (
  SELECT oid FROM called UNION SELECT oid FROM moved WHERE "rootOid" IN (
    SELECT "rootOid" FROM moved WHERE oid IN (SELECT oid FROM called))
),
${PLACED},
ranked AS (
  SELECT placed.*, NOT EXISTS (SELECT FROM of_extensions e WHERE e.schema = placed.schema AND e.name = placed.name) AS "isOwn",
         placed.oid IN (SELECT oid FROM last) AS "isLast",
         coalesce((SELECT max(depth) FROM deep WHERE deep.oid = placed.oid), 0) AS depth
    FROM placed
),
numbered AS (
  SELECT ranked.*, row_number() OVER (ORDER BY "isOwn", "isLast", depth, schema COLLATE "C", name COLLATE "C") AS place FROM ranked
)
SELECT CASE WHEN "isLast" THEN 1000000 * (1 + "isOwn"::int) + 500000 + place
            ELSE 1000000 * (1 + "isOwn"::int) + place / ${TABLES_A_TRANSACTION} END AS transaction,
       number,
       pg_catalog.regexp_replace(pg_catalog.encode(pg_catalog.convert_to(
         pg_catalog.format('COPY %I.%I%s FROM STDIN WITH (ENCODING %s);', "intoSchema", "intoName", columns, ${quoteLiteral(quoteLiteral(encoding))}),
         'UTF8'), 'hex'), '(..)', '\\\\x\\1', 'g') AS statement
  FROM numbered ORDER BY place;
`;
}

/** A script for psql that counts the rows of all tables and fails, naming it, for one that has not as many as were captured. */
export function verification(tables: readonly SurveyedTable[]): string {
  return `${tablesHere(tables)}
DO $verify$
DECLARE
  each record;
  found bigint;
  tables bigint := 0;
  rows bigint := 0;
BEGIN
  FOR each IN
    WITH moved AS (${REHASHED}), ${PLACED}
    SELECT "intoSchema" AS schema, "intoName" AS name, "isMoved", min(condition) AS condition, sum(placed.rows)::bigint AS wanted
      FROM placed GROUP BY 1, 2, 3
  LOOP
    EXECUTE pg_catalog.format('SELECT count(*) FROM %s %I.%I %s', CASE WHEN each."isMoved" THEN '' ELSE 'ONLY' END,
      each.schema, each.name, coalesce('WHERE ' || each.condition, '')) INTO found;
    IF found <> each.wanted THEN
      RAISE EXCEPTION 'The table %.% has % rows, and % in the snapshot.', each.schema, each.name, found, each.wanted;
    END IF;
    tables := tables + 1;
    rows := rows + found;
  END LOOP;
  RAISE NOTICE '% tables have their % rows.', tables, rows;
END $verify$;
`;
}
