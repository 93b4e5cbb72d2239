import type { Snapshot } from '../../../sdk/typescript/index.js';

export interface SizePoint {
  /** Seconds since 1970. */
  at: number;
  /** What the snapshot gives back: database and filestore. */
  logicalBytes: number;
  /** What the snapshots of then, that are still there, have added to the vault together. */
  storedBytes: number;
}

/** Of completed snapshots, the earliest first: how large the environment was, and what keeping all of them takes. */
export function sizeSeries(snapshots: readonly Snapshot[]): SizePoint[] {
  let storedBytes = 0;
  return snapshots
    .filter(({ status }) => status === 'completed')
    .toReversed()
    .map((snapshot) => {
      storedBytes += snapshot.storedBytes ?? 0;
      const logicalBytes = (snapshot.databaseBytes ?? 0) + (snapshot.filestoreBytes ?? 0);
      return { at: Date.parse(snapshot.createdAt) / 1000, logicalBytes, storedBytes };
    });
}
