import { expect, it } from 'vitest';
import { valuesOfSetting } from './guc-list.js';

it.each([
  ['"$user", public', ['$user', 'public']],
  ['""', ['']],
  ['', []],
  ['app,"with ""quotes"", and comma"', ['app', 'with "quotes", and comma']],
])('takes the search_path %j apart', (stored, values) => {
  expect(valuesOfSetting('search_path', stored)).toEqual(values);
});

it('leaves other settings in one piece, commas and all', () => {
  expect(valuesOfSetting('DateStyle', 'ISO, DMY')).toEqual(['ISO, DMY']);
});
