import { expect, it } from 'vitest';
import { settledText } from './expression-text.js';

it.each([
  [
    `((kind)::text = ANY ((ARRAY['a'::character varying, 'it''s, (x]'::character varying])::text[]))`,
    `((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('it''s, (x]'::character varying)::text]))`,
  ],
  [`(ARRAY[1, 2])::"my ""type"[]`, `ARRAY[(1)::"my ""type", (2)::"my ""type"]`],
  [
    `CHECK ((ch = ANY ((ARRAY['a'::bpchar, f('b', 2)])::character(3)[])))`,
    `CHECK ((ch = ANY (ARRAY[('a'::bpchar)::character(3), (f('b', 2))::character(3)])))`,
  ],
  ['((((a = 1) AND (b = 2)) AND (c < 3)))', '(((a = 1) AND (b = 2) AND (c < 3)))'],
  ['((a OR (b OR (c OR d))) AND e)', '((a OR b OR c OR d) AND e)'],
])('writes what PostgreSQL prints at first as it does afterwards: %s', (first, second) => {
  expect(settledText(first)).toBe(second);
  expect(settledText(second)).toBe(second);
});

it.each([
  '((a OR b) AND c)',
  '(a OR (b AND c))',
  `(s <> '((x AND y) AND z)')`,
  `(s <> E'it\\'s (ARRAY[')`,
  '(ARRAY[1, 2])::int',
  '(ARRAY[1, 2',
  ') unbalanced ((',
  `ROWS BETWEEN 1 PRECEDING AND CURRENT ROW`,
  '(f(a) AND g((b)))',
  '"(a AND b) AND c"',
])('leaves everything else as it is: %s', (text) => {
  expect(settledText(text)).toBe(text);
});

it('tells two expressions apart that only differ in their parentheses', () => {
  expect(settledText('((a OR b) AND c)')).not.toBe(settledText('(a OR (b AND c))'));
});

it('takes a deeply nested expression', () => {
  const deep = `${'('.repeat(20_000)}a${' || b)'.repeat(20_000)}`;
  expect(settledText(deep)).toBe(deep);
});
