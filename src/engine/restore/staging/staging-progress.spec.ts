import { describe, expect, it } from 'vitest';
import type { ProgressUpdate } from '../../progress.js';
import { StagingProgress } from './staging-progress.js';

function watched(hasDatabase: boolean) {
  const told: ProgressUpdate[] = [];
  return { told, progress: new StagingProgress({ report: (update) => told.push(update) }, { hasDatabase }) };
}
const database = (bytesDone: number): ProgressUpdate => ({ phase: 'stage-database', bytesDone });
const filestore = (bytesDone: number): ProgressUpdate => ({ phase: 'stage-filestore', bytesDone });

describe('the progress of two halves that are rebuilt side by side', () => {
  it('tells one after the other, and of the second where it has come by then', () => {
    const { told, progress } = watched(true);
    progress.filestore.report(filestore(1));
    progress.database.report(database(1));
    progress.filestore.report(filestore(2));
    progress.database.report(database(2));
    progress.databaseIsDone();
    progress.filestore.report(filestore(3));
    expect(told).toEqual([database(1), database(2), filestore(2), filestore(3)]);
  });

  it('has nothing to catch up with when the second has not begun', () => {
    const { told, progress } = watched(true);
    progress.databaseIsDone();
    progress.filestore.report(filestore(1));
    expect(told).toEqual([filestore(1)]);
  });

  it('tells a filestore alone as it comes', () => {
    const { told, progress } = watched(false);
    progress.filestore.report(filestore(1));
    expect(told).toEqual([filestore(1)]);
  });
});
