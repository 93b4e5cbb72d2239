import { randomUUID } from 'node:crypto';
import { capture, type CaptureResult } from '../../src/engine/capture/capture.js';
import type { RestoredNotes } from '../../src/engine/notes/restored-notes.js';
import { silentProgress, type WorkContext } from '../../src/engine/progress.js';
import type { Cluster } from './cluster.js';
import type { Dice } from './dice.js';
import type { Place } from './vaults.js';

export const quietly: WorkContext = { signal: new AbortController().signal, progress: silentProgress };

export interface TakenSnapshot {
  place: Place;
  snapshotId: string;
  result: CaptureResult;
}

/** A snapshot to build on, with the notes of its having been restored when that is how the live state came about. */
export interface Ground extends TakenSnapshot {
  notes?: RestoredNotes;
}

/** Two blocks: small tables have many segments, and each of them has rows of few changes. */
const SEGMENT_BYTES = 16 * 1024;

/** Takes a snapshot of the live database. With a base it is a differential one if that can be built on; `byScan` without the server's log. */
export async function takeSnapshot(
  cluster: Cluster,
  place: Place,
  dice: Dice,
  { base, asReader = false, byScan = false }: { base?: Ground; asReader?: boolean; byScan?: boolean } = {},
): Promise<TakenSnapshot> {
  const snapshotId = randomUUID();
  const { vault, project } = place;
  const request = {
    project,
    snapshotId,
    database: asReader ? cluster.liveForReader : cluster.live,
    databaseOptions: {
      segmentBytes: SEGMENT_BYTES,
      connections: dice.between(1, 2),
      // The server's log is asked about however little there is, or never; what is open stays open.
      leastLogBytes: byScan ? Infinity : 0,
      logPatienceMs: 20,
    },
    ...(base && { base: { snapshotId: base.snapshotId, ...(base.notes && { notes: base.notes }) } }),
  };
  return { place, snapshotId, result: await capture(request, vault, quietly) };
}
