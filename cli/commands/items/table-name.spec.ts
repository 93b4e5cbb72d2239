import { describe, expect, it } from 'vitest';
import { tableNameOf } from './table-name.js';

describe('the name of a table', () => {
  it.each([
    ['public.orders', 'public', 'orders'],
    ['Shop.Sale Order', 'Shop', 'Sale Order'],
    ['"a.b"."say ""so"""', 'a.b', 'say "so"'],
    ['public."Orders"', 'public', 'Orders'],
  ])('is read as it is listed, and as SQL has it: %s', (typed, schema, name) => {
    expect(tableNameOf(typed)).toEqual({ schema, name });
  });

  it.each(['orders', 'a.b.c', '.orders', 'public.', '"public.orders', 'public."or"ders', ''])(
    'is not guessed: %s',
    (typed) => {
      expect(() => tableNameOf(typed)).toThrow(/is no SCHEMA\.TABLE/);
    },
  );
});
