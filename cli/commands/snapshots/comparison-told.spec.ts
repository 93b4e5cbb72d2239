import { describe, expect, it } from 'vitest';
import type { DefinitionChange, FileChange, SnapshotFile, TableChange } from '../../../sdk/typescript/index.js';
import { coloured, plain } from '../../output/colours.js';
import { definitionLines, fileLine, isDifferent, tableLines, toldCounts } from './comparison-told.js';

const NONE = { addedCount: 0, removedCount: 0, changedCount: 0, unchangedCount: 0 };

describe('counts', () => {
  it('are told as far as there are any', () => {
    expect(toldCounts({ ...NONE, addedCount: 1, unchangedCount: 4211 })).toBe('1 added, 4,211 the same');
    expect(toldCounts(NONE)).toBe('none');
    expect([toldCounts(null), toldCounts(undefined)]).toEqual([undefined, undefined]);
  });

  it('are different when something was changed, or nobody knows', () => {
    expect([NONE, { ...NONE, unchangedCount: 3 }].map(isDifferent)).toEqual([false, false]);
    expect([{ ...NONE, removedCount: 1 }, null, undefined].map(isDifferent)).toEqual([true, true, true]);
  });
});

describe('definitions', () => {
  const change: DefinitionChange = {
    kind: 'function',
    name: 'public.\u202etwice(integer)',
    change: 'changed',
    diff: '@@ -1 +1 @@\n-\told\x1b[2J\r\n+\tnew\n same\n',
  };

  it('have their diff, in which nothing is interpreted but tabs', () => {
    expect(definitionLines(change, plain)).toEqual([
      String.raw`M function public.\u202etwice(integer)`,
      '@@ -1 +1 @@',
      `-\told${String.raw`\x1b[2J\x0d`}`,
      '+\tnew',
      ' same',
    ]);
  });

  it('have colours of this program alone', () => {
    const lines = definitionLines(change, coloured);
    expect(lines[2]).toBe(`\x1b[31m-\told${String.raw`\x1b[2J\x0d`}\x1b[39m`);
    expect(lines.slice(3)).toEqual(['\x1b[32m+\tnew\x1b[39m', ' same']);
  });
});

const TABLE: TableChange = {
  ...{ schema: 'public', name: 't', change: 'changed', beforeRowCount: 5, afterRowCount: 6, isExact: true },
  ...{ addedRowCount: 2000, removedRowCount: 0, changedRowCount: 3, leftOutBefore: false, leftOutAfter: false },
};
const UNREAD = { isExact: false, addedRowCount: null, removedRowCount: null, changedRowCount: null };

it('tables have their rows, as far as they were read', () => {
  expect(
    tableLines([
      TABLE,
      { ...TABLE, ...UNREAD, name: 'l\x1bong' },
      { ...TABLE, ...UNREAD, name: 's', leftOutAfter: true },
      { ...TABLE, ...UNREAD, change: 'added', afterRowCount: 0 },
      { ...TABLE, change: 'removed', addedRowCount: null, removedRowCount: 7, changedRowCount: 0 },
    ]),
  ).toEqual([
    'M public.t         +2,000 ~3',
    String.raw`M public.l\x1bong  some parts`,
    'M public.s         rows left out of the second',
    'A public.t         +0',
    'D public.t         -7',
  ]);
});

it('files are as short as git has them, with what has changed', () => {
  const file = { path: 'd/a', kind: 'file', sizeBytes: 7 } as SnapshotFile;
  const change = (path: string, of: Partial<FileChange>) =>
    fileLine({ path, pathBase64: null, change: 'changed', aspects: [], before: file, after: file, ...of });
  expect([
    change('a', { aspects: ['content', 'time'], after: { ...file, sizeBytes: 1400 } }),
    change('two\nlines', { change: 'added', before: null }),
    change('d', { change: 'removed', after: null, before: { ...file, kind: 'directory', sizeBytes: null } }),
    change('m', { aspects: ['mode'] }),
  ]).toEqual(['M a  (content: 7 B → 1.4 kB, time)', String.raw`A two\x0alines`, 'D d/', 'M m  (mode)']);
});
