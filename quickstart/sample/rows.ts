import type { Client } from 'pg';
import type { SampleFile } from './files.js';
import type { SampleSize } from './scale.js';

// Everything derives from the row's number and the seed by arithmetic: the same rows every time, made where they are stored.

/** Fills customers, orders and order lines. The tables are empty and have no indexes yet but their primary keys. */
export async function insertBusinessRows(client: Client, size: SampleSize, seed: number): Promise<void> {
  await client.query(CUSTOMERS, [size.customers, seed]);
  await client.query(LINES, [size.orders, seed]);
  await client.query(ORDERS, [size.orders, size.customers, seed]);
  await client.query(ORDER_LINES);
  await client.query('DROP TABLE generated_lines');
  await client.query(SEQUENCES);
}

/** One attachment for each file, and for every twentieth file a second one that shares it. */
export async function insertAttachments(client: Client, files: SampleFile[], orders: number): Promise<void> {
  await client.query(ATTACHMENTS, [
    files.map((file) => file.name),
    files.map((file) => file.mediaType),
    files.map((file) => file.sha256),
    files.map((file) => file.path),
    files.map((file) => file.bytes),
    files.map((file) => file.modifiedAt),
    orders,
  ]);
}

const CUSTOMERS = `
INSERT INTO customers (id, name, email, city, country, credit_limit, since, active, note)
SELECT i,
  (ARRAY['Alva','Zoë','Łukasz','Inés','Jürgen','Mei','Oluwaseun','Søren','Anaïs','Priya','Tomás'])[1 + k % 11] || ' ' ||
  (ARRAY['Novák','Møller','García','Weiß','Okafor','Lindqvist','Rossi','Kowalska','Dubois','Tanaka'])[1 + k / 11 % 10] || ' & Co.',
  'office' || i || '@customer-' || i || '.example',
  (ARRAY['Göteborg','München','Łódź','São Paulo','Lyon','Kraków','Porto','Utrecht','Brno'])[1 + k % 9],
  (ARRAY['SE','DE','PL','BR','FR','PL','PT','NL','CZ'])[1 + k % 9],
  1000 + k % 90 * 250.50,
  date '2019-01-01' + (k % 2400)::int,
  k % 17 <> 0,
  CASE WHEN k % 3 = 0 THEN 'Met at the fair; reference ' || md5(k::text) || E'.\\nCalls back on ' || (date '2026-01-05' + (k % 200)::int) END
FROM generate_series(1, $1::int) AS i, LATERAL (SELECT i::bigint * 7919 + $2::int * 104729 AS k) AS derived`;

const LINES = `
CREATE TEMPORARY TABLE generated_lines AS
SELECT i AS order_id, position,
  (ARRAY['Bearing','Gasket','Valve','Hinge','Coupling','Bracket','Flange','Spring'])[1 + k % 8] || ' ' ||
  (ARRAY['steel','brass','nylon','titanium'])[1 + k / 8 % 4] || ', ' || (4 + k % 60) || ' mm, batch ' || substr(md5(k::text), 1, 12) AS article,
  (1 + k % 40 + CASE WHEN k % 10 = 0 THEN 0.125 ELSE 0 END)::numeric(10,3) AS quantity,
  (0.95 + k % 4999 / 10.0)::numeric(12,2) AS unit_price,
  (k % 4 * 2.5)::numeric(5,2) AS discount_percent
FROM generate_series(1, $1::int) AS i,
  LATERAL generate_series(1, 1 + i % 5) AS position,
  LATERAL (SELECT (i::bigint * 31 + position) * 6151 + $2::int * 15485863 AS k) AS derived
ORDER BY i, position`;

const ORDERS = `
INSERT INTO orders (id, number, customer_id, status, placed_at, delivery_address, total)
SELECT i, 'SO' || 10000 + i, 1 + k % $2::int,
  (ARRAY['invoiced','invoiced','shipped','invoiced','confirmed','cancelled','draft'])[1 + k % 7]::order_status,
  timestamptz '2024-01-01 06:00:00+00' + i * interval '23 minutes',
  jsonb_build_object('street', 'Dock ' || 1 + k % 180, 'postcode', lpad((k % 99999)::text, 5, '0'), 'floor', k % 12),
  lines.total
FROM generate_series(1, $1::int) AS i
JOIN (
  SELECT order_id, sum(round(quantity * unit_price * (1 - discount_percent / 100), 2)) AS total
  FROM generated_lines GROUP BY order_id
) AS lines ON lines.order_id = i,
LATERAL (SELECT i::bigint * 1299709 + $3::int * 32452843 AS k) AS derived
ORDER BY i`;

const ORDER_LINES = `
INSERT INTO order_lines (id, order_id, position, article, quantity, unit_price, discount_percent)
SELECT row_number() OVER (ORDER BY order_id, position), * FROM generated_lines`;

/** The rows brought their numbers along; the next ones come after them. */
const SEQUENCES = `
SELECT setval('customers_id_seq', max(id)) FROM customers
UNION ALL SELECT setval('orders_id_seq', max(id)) FROM orders
UNION ALL SELECT setval('order_lines_id_seq', max(id)) FROM order_lines
UNION ALL SELECT setval('order_number_seq', 10000 + max(id)) FROM orders`;

const ATTACHMENTS = `
INSERT INTO attachments (order_id, name, media_type, sha256, path, bytes, created_at)
SELECT 1 + (i * 7919 + copy * 13) % $7::int, name, media_type, sha256, path, bytes, created_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[]) WITH ORDINALITY
  AS file (name, media_type, sha256, path, bytes, created_at, i),
LATERAL generate_series(1, CASE WHEN i % 20 = 0 THEN 2 ELSE 1 END) AS copy
ORDER BY i, copy`;
