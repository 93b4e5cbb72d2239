import { expect, it } from 'vitest';
import { sqlName } from './sql-name.js';

it.each([
  ['public', 'sale_order', 'public.sale_order'],
  ['restored_9d0a4f7e', 'order', 'restored_9d0a4f7e.order'],
  ['user', 'table', '"user".table'],
  ['my shop', 'Orders', '"my shop"."Orders"'],
  ['a.b', 'say "so"', '"a.b"."say ""so"""'],
])('names the table %s, %s in SQL', (schema, name, sql) => {
  expect(sqlName({ schema, name })).toBe(sql);
});
