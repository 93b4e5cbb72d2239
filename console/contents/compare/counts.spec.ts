import { describe, expect, it } from 'vitest';
import { amountsOf, isTheSame, partOf } from './counts.js';

const counts = (addedCount: number, removedCount: number, changedCount: number) => ({
  ...{ addedCount, removedCount, changedCount },
  unchangedCount: 7,
});
const files = (...of: Parameters<typeof counts>) => ({ ...counts(...of), addedBytes: 0, removedBytes: 0 });
const same = { definitions: counts(0, 0, 0), tables: counts(0, 0, 0), files: files(0, 0, 0) };

describe('what has changed between two snapshots', () => {
  it('is nothing when nothing differs, also where definitions cannot be compared', () => {
    expect(isTheSame(same)).toBe(true);
    expect(isTheSame({ ...same, definitions: null })).toBe(true);
    expect(isTheSame({ ...same, files: files(0, 0, 1) })).toBe(false);
  });

  it('is shown from the first part in which there is something, unless another is asked for', () => {
    const changed = { ...same, definitions: null, tables: counts(0, 1, 0) };
    expect(partOf(undefined, changed)).toBe('tables');
    expect(partOf('files', changed)).toBe('files');
    expect(partOf('nonsense', changed)).toBe('tables');
    expect(partOf(undefined, same)).toBe('definitions');
  });

  it('is counted in words', () => {
    const changed = { definitions: counts(1, 0, 0), tables: counts(2, 0, 0), files: files(1200, 1, 0) };
    expect(amountsOf(changed, 'added')).toBe('1 definition, 2 tables and 1,200 files');
    expect(amountsOf(changed, 'removed')).toBe('1 file');
    expect(amountsOf(changed, 'changed')).toBeUndefined();
  });
});
