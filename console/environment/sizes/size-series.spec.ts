import { expect, it } from 'vitest';
import type { Snapshot } from '../../../sdk/typescript/index.js';
import { sizeSeries } from './size-series.js';

it('adds up what completed snapshots have stored, from the earliest on, beside how large each was', () => {
  const newestFirst = [
    { status: 'completed', createdAt: '2026-11-03T00:00:00Z', databaseBytes: 30, filestoreBytes: null, storedBytes: 2 },
    {
      status: 'failed',
      createdAt: '2026-11-02T00:00:00Z',
      databaseBytes: null,
      filestoreBytes: null,
      storedBytes: null,
    },
    { status: 'completed', createdAt: '2026-11-01T00:00:00Z', databaseBytes: 20, filestoreBytes: 10, storedBytes: 12 },
  ] as Snapshot[];
  expect(sizeSeries(newestFirst)).toEqual([
    { at: Date.parse('2026-11-01T00:00:00Z') / 1000, logicalBytes: 30, storedBytes: 12 },
    { at: Date.parse('2026-11-03T00:00:00Z') / 1000, logicalBytes: 30, storedBytes: 14 },
  ]);
});
