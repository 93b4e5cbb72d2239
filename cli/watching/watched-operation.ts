import type { Operation, Snapback } from '../../sdk/typescript/index.js';
import type { WorkProgress } from '../progress/shown-progress.js';

/** Something that runs, with its progress where it has one. */
export interface WatchedOperation {
  operation: Operation;
  progress: WorkProgress | undefined;
  stop(): void;
}

/** Looks on until it is stopped or the operation has ended; `heard` is called whenever there is something new. */
export function watchOperation(snapback: Snapback, operation: Operation, heard: () => void): WatchedOperation {
  const stopped = new AbortController();
  const watched: WatchedOperation = { operation, progress: undefined, stop: () => stopped.abort() };
  void follow(snapback, operation, stopped.signal, (progress) => {
    watched.progress = progress;
    heard();
  });
  return watched;
}

async function follow(
  snapback: Snapback,
  operation: Operation,
  signal: AbortSignal,
  show: (progress: WorkProgress) => void,
): Promise<void> {
  try {
    for await (const progress of eventsOf(snapback, operation, signal)) show(progress);
  } catch {
    // It is in the list all the same, without its progress: nobody may look at it, or too many do.
  }
}

/** By kind; others have no progress to be watched. */
function eventsOf(snapback: Snapback, operation: Operation, signal: AbortSignal): AsyncIterable<WorkProgress> {
  const { kind, environmentId, snapshotId, deploymentId } = operation;
  if (kind === 'rollback' && deploymentId !== null) return snapback.rollbacks.watch(deploymentId, { signal });
  if (environmentId !== null && snapshotId !== null) {
    if (kind === 'snapshot') return snapback.snapshots.watch(environmentId, snapshotId, { signal });
    if (kind === 'verification') return snapback.snapshots.watchVerification(environmentId, snapshotId, { signal });
  }
  return nothing();
}

async function* nothing(): AsyncGenerator<WorkProgress, void> {
  // There is none.
}
