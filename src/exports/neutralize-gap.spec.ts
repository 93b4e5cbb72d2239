import { expect, it } from 'vitest';
import { neutralizeGap } from './neutralize-gap.js';

const both = { databaseBytes: 1, filestoreBytes: 1 };
const rules = (neutralizeSql: string | null, neutralizePaths: [] | null) => ({
  name: 'staging',
  neutralizeSql,
  neutralizePaths,
});

it.each([
  ['without rules for rows', rules(null, []), both, 'neutralizeSql'],
  ['without rules for files', rules('SELECT 1', null), both, 'neutralizePaths'],
  [
    'without rules for rows, of a database alone',
    rules(null, null),
    { ...both, filestoreBytes: null },
    'neutralizeSql',
  ],
])('is one: %s', (_, environment, snapshot, named) => {
  expect(neutralizeGap(environment, snapshot)).toContain(named);
});

it.each([
  ['rules for both', rules('SELECT 1', []), both],
  ['files alone, with rules for them', rules(null, []), { ...both, databaseBytes: null }],
  ['a database alone, with rules for it', rules('SELECT 1', null), { ...both, filestoreBytes: null }],
])('is none: %s', (_, environment, snapshot) => {
  expect(neutralizeGap(environment, snapshot)).toBeNull();
});
