import { describe, expect, it } from 'vitest';
import type { FileChange, SnapshotFile, TableChange } from '../../../sdk/typescript/index.js';
import { aspectsSaid, rowsBeside, rowsSaid, sizesBeside } from './change-words.js';

const table = (change: Partial<TableChange>): TableChange => ({
  ...{
    schema: 'public',
    name: 'items',
    change: 'changed',
    isExact: true,
    leftOutBefore: false,
    leftOutAfter: false,
    beforeRowCount: 100,
    afterRowCount: 99,
  },
  ...{ addedRowCount: 2, removedRowCount: 3, changedRowCount: 0, ...change },
});
const file = (of: Partial<SnapshotFile>) => ({ kind: 'file', sizeBytes: 7, ...of }) as SnapshotFile;
const changed = (change: Partial<FileChange>): FileChange => ({
  ...{ path: 'a', pathBase64: null, change: 'changed', aspects: [], before: file({}), after: file({}), ...change },
});

describe('what has changed', () => {
  it('of a table is rows, where they were looked at', () => {
    expect(rowsSaid(table({}))).toBe('2 added, 3 removed');
    expect(rowsSaid(table({ isExact: false, addedRowCount: null, removedRowCount: null, changedRowCount: null }))).toBe(
      'parts have changed; rows were not looked at',
    );
    expect(rowsSaid(table({ change: 'added', addedRowCount: 0, removedRowCount: null }))).toBe('none');
    expect(rowsBeside(table({}))).toBe('100 → 99');
    expect(rowsBeside(table({ beforeRowCount: null, afterRowCount: 1234 }))).toBe('– → 1,234');
    expect(rowsBeside(table({ afterRowCount: 100 }))).toBe('100');
  });

  it('of a file is what of it', () => {
    expect(aspectsSaid(changed({ aspects: ['content', 'mode'] }))).toBe('content, permissions');
    const turned = changed({ aspects: ['kind'], after: file({ kind: 'directory', sizeBytes: null }) });
    expect(aspectsSaid(turned)).toBe('a file became a directory');
    expect(aspectsSaid(changed({ before: null }))).toBe('all of it');
    expect(sizesBeside(turned)).toBe('7 B → –');
    expect(sizesBeside(changed({ after: file({ sizeBytes: 14 }) }))).toBe('7 B → 14 B');
    expect(sizesBeside(changed({}))).toBe('7 B');
  });
});
