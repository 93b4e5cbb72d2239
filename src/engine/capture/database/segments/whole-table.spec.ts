import { expect, it } from 'vitest';
import { WholeTable } from './whole-table.js';

const base = [
  { fromBlock: 0, toBlock: 7, rows: 10 },
  { fromBlock: 7, rows: 5 },
];
const ranges = [{ fromBlock: 0, toBlock: 3 }, { fromBlock: 3, toBlock: 9 }, { fromBlock: 9 }];

it('is unchanged when all ranges together have the rows that were put in', () => {
  const whole = new WholeTable(base, ranges);
  expect([whole.tested({ rows: 1 }), whole.tested({ rows: 0 })]).toEqual(['open', 'open']);
  expect(whole.isDecided).toBe(false);
  expect(whole.tested({ rows: 14 })).toBe('unchanged');
  expect(whole.isDecided).toBe(true);
});

it.each([
  ['too few', [{ rows: 5 }, { rows: 5 }, { rows: 4 }]],
  ['too many', [{ rows: 5 }, { rows: 5 }, { rows: 6 }]],
  ['a new one at the end', [{ rows: 5 }, { rows: 5 }, 'changed']],
  ['a new one first', ['changed', { rows: 15 }, { rows: 0 }]],
] as const)('is changed once, with %s rows', (_, tests) => {
  const whole = new WholeTable(base, ranges);
  const decisions = tests.map((test) => whole.tested(test));
  expect(decisions.filter((decision) => decision !== 'open')).toEqual(['changed']);
  expect(whole.isDecided).toBe(true);
});

it('is decided as soon as there are too many', () => {
  const whole = new WholeTable(base, ranges);
  expect(whole.tested({ rows: 16 })).toBe('changed');
});
