import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ProgressUpdate } from '../progress.js';
import { CaptureProgress } from './capture-progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('says how long the transaction is open once that is long, and only while the database is read', () => {
  const updates: ProgressUpdate[] = [];
  const progress = new CaptureProgress({ report: (update) => updates.push(update) }, ['database', 'filestore']);
  progress.holdSince(Date.now());
  vi.advanceTimersByTime(59_000);
  progress.advance('database', { bytes: 1 });
  vi.advanceTimersByTime(16_000);
  progress.advance('database', { bytes: 1 });
  progress.complete('database');
  expect(updates.map(({ phase, message }) => [phase, message])).toEqual([
    ['database', undefined],
    ['database', 'The transaction is open for 75 s.'],
    ['database', 'The transaction is open for 75 s.'],
    ['filestore', undefined],
  ]);
});

it('does not say so any more when it was let go of, though the database is not through', () => {
  const updates: ProgressUpdate[] = [];
  const progress = new CaptureProgress({ report: (update) => updates.push(update) }, ['database', 'filestore']);
  progress.holdSince(Date.now());
  vi.advanceTimersByTime(75_000);
  progress.advance('database', { bytes: 1 });
  progress.release();
  progress.advance('database', { bytes: 1 });
  expect(updates.map(({ message }) => message)).toEqual(['The transaction is open for 75 s.', undefined]);
});
