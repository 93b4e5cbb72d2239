import { expect, it } from 'vitest';
import type { SurveyedTable } from '../order/database-survey.js';
import { chooseHashedTables } from './hashed-tables.js';

const tables: SurveyedTable[] = Array.from({ length: 100 }, (_, table) => ({
  table,
  schema: 'public',
  name: `t${table}`,
  columns: [],
  segments: table === 0 ? 0 : 1,
  rows: table,
  bytes: table * 10,
  contents: BigInt(table),
}));
const bytesOf = (chosen: Set<number>) => [...chosen].reduce((sum, table) => sum + table * 10, 0);

it('chooses no table when only rows are counted, and every table that has rows when all are compared', () => {
  expect(chooseHashedTables(tables, 'counts', 'snapshot').size).toBe(0);
  expect(chooseHashedTables(tables, 'all', 'snapshot').size).toBe(99);
});

it('chooses a sample that fits, the same one for the same snapshot', () => {
  const sample = chooseHashedTables(tables, 'sampled', 'snapshot', 5_000);

  expect(bytesOf(sample)).toBeLessThanOrEqual(5_000);
  expect(bytesOf(sample)).toBeGreaterThan(4_000);
  expect(chooseHashedTables(tables.toReversed(), 'sampled', 'snapshot', 5_000)).toEqual(sample);
});

it('gives every table that fits its turn', () => {
  const seen = new Set<number>();
  for (let n = 0; n < 200; n += 1) {
    for (const table of chooseHashedTables(tables, 'sampled', `snapshot ${n}`, 5_000)) seen.add(table);
  }
  expect(seen.size).toBe(99);
});
