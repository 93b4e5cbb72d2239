import type { DatabaseSize } from './scale.js';

/** How many days the order lines are spread over: ten of them are 1 %. */
const DAYS = 1000;
const CHANGED_DAYS = 10;
const FIRST_CHANGED_DAY = 600;
/** So many of the present lines are appended: one in a hundred. */
const APPENDED_ONE_IN = 100;

/** Tables and rows beside pgbench's. Everything comes from the rows' numbers, so that each build has the same rows. */
export function contentSql({ customers, orderLines }: DatabaseSize): string[] {
  return [
    `CREATE TABLE customers (
       id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL, city text NOT NULL,
       profile jsonb NOT NULL, created_at timestamptz NOT NULL)`,
    `INSERT INTO customers
     SELECT n, initcap(left(md5('name' || n), 9)) || ' ' || initcap(left(md5('family' || n), 12)),
            left(md5('mail' || n), 14) || n || '@example.invalid', 'City ' || n % 700,
            jsonb_build_object('segment', n % 12, 'language', (ARRAY['en', 'de', 'fr', 'es', 'pt'])[1 + n % 5],
              'tags', jsonb_build_array('t' || n % 97, 't' || n % 389), 'score', n % 1000,
              'address', jsonb_build_object('street', left(md5('street' || n), 16) || ' ' || n % 200, 'zip', 10000 + n % 80000)),
            timestamptz '2020-01-01 00:00:00+00' + n * interval '5 minutes'
     FROM generate_series(1, ${customers}) n`,
    'CREATE INDEX customers_profile ON customers USING gin (profile)',
    `CREATE TABLE order_lines (
       id bigint PRIMARY KEY, customer_id integer NOT NULL, ordered_on date NOT NULL, article text NOT NULL,
       quantity integer NOT NULL, price numeric(12,2) NOT NULL, note text)`,
    `INSERT INTO order_lines ${linesFrom(1, orderLines, { customers, orderLines })}`,
    'CREATE INDEX order_lines_customer ON order_lines (customer_id)',
    'CREATE INDEX order_lines_day ON order_lines (ordered_on)',
    'ALTER TABLE order_lines ADD FOREIGN KEY (customer_id) REFERENCES customers',
    `CREATE VIEW order_totals AS
       SELECT customer_id, count(*) AS lines, sum(quantity * price) AS total FROM order_lines GROUP BY customer_id`,
    `CREATE MATERIALIZED VIEW orders_by_day AS
       SELECT ordered_on, count(*) AS lines, sum(quantity * price) AS total FROM order_lines GROUP BY ordered_on`,
    'CREATE UNIQUE INDEX orders_by_day_day ON orders_by_day (ordered_on)',
  ];
}

/** The changed version: 1 % of the lines updated, those of ten days in a row, and 1 % appended. */
export function changeSql(size: DatabaseSize): string[] {
  const { orderLines } = size;
  return [
    `UPDATE order_lines SET quantity = quantity + 1, note = left(md5('changed' || id), 12) WHERE ${changedLines()}`,
    `INSERT INTO order_lines ${linesFrom(orderLines + 1, orderLines + Math.ceil(orderLines / APPENDED_ONE_IN), size)}`,
  ];
}

/** The rows of the changed version that the first one does not have. */
export function changedRowsQuery({ orderLines }: DatabaseSize): string {
  return `SELECT * FROM order_lines WHERE (${changedLines()}) OR id > ${orderLines}`;
}

function linesFrom(first: number, last: number, { customers, orderLines }: Omit<DatabaseSize, 'pgbenchScale'>): string {
  const linesADay = Math.max(1, Math.floor(orderLines / DAYS));
  // Multiplied by a prime, so that neighbouring lines have customers far apart, as in life.
  return `SELECT n, 1 + (n * 7919) % ${customers}, date '2022-01-01' + (n / ${linesADay})::integer,
                 'A-' || (n * 31) % 5000 || '-' || left(md5('article' || n), 6), 1 + n % 9, (n * 37) % 90000 / 100.0,
                 CASE WHEN n % 3 = 0 THEN left(md5('note' || n), 20) END
          FROM generate_series(${first}::bigint, ${last}::bigint) n`;
}

function changedLines(): string {
  return `ordered_on >= date '2022-01-01' + ${FIRST_CHANGED_DAY} AND ordered_on < date '2022-01-01' + ${FIRST_CHANGED_DAY + CHANGED_DAYS}`;
}
