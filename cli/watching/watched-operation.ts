import type { Operation, Snapback } from '../../sdk/typescript/index.js';
import type { WorkProgress } from '../progress/shown-progress.js';
import { relativeTime } from '../output/words.js';

/** Something that runs, waits or hangs, with its progress where it has one. */
export interface WatchedOperation {
  /** As it was when somebody looked last. */
  operation: Operation;
  /** Of the environment; empty for what a whole project shares. */
  environmentName: string;
  progress: WorkProgress | undefined;
  stop(): void;
}

/** Looks on until it is stopped or the operation has ended; `heard` is called whenever there is something new. */
export function watchOperation(
  snapback: Snapback,
  operation: Operation,
  environmentName: string,
  heard: () => void,
): WatchedOperation {
  const stopped = new AbortController();
  const watched: WatchedOperation = { operation, environmentName, progress: undefined, stop: () => stopped.abort() };
  void follow(snapback, operation, stopped.signal, (progress) => {
    watched.progress = progress;
    heard();
  });
  return watched;
}

/** As in `snapshot 9d0a4f7e of production`. */
export function titleOf({ operation: { kind, id }, environmentName }: WatchedOperation): string {
  return `${kind} ${id.slice(0, 8)}${environmentName === '' ? '' : ` of ${environmentName}`}`;
}

/** Of one without progress. */
export function stateOf({ operation: { state, since, reason } }: WatchedOperation): string {
  return `${state} since ${relativeTime(since, Date.now())}${reason === null ? '' : `: ${reason.message}`}`;
}

/** How it ended, where that is known. */
export function endOf({ progress }: WatchedOperation): string {
  return progress?.final === true ? progress.status : 'ended';
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
  const { kind, id, environmentId, snapshotId, deploymentId } = operation;
  if (kind === 'rollback' && deploymentId !== null) return snapback.rollbacks.watch(deploymentId, { signal });
  if (environmentId !== null && snapshotId !== null) {
    if (kind === 'snapshot') return snapback.snapshots.watch(environmentId, snapshotId, { signal });
    if (kind === 'verification') return snapback.snapshots.watchVerification(environmentId, snapshotId, { signal });
    if (kind === 'item-restore') return snapback.items.watch(environmentId, id, { signal });
    if (kind === 'export') return snapback.exports.watch(environmentId, id, { signal });
  }
  return nothing();
}

async function* nothing(): AsyncGenerator<WorkProgress, void> {
  // There is none.
}
