import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type {
  Operation,
  RollbackProgress,
  SnapshotProgress,
  VerificationProgress,
} from '../../sdk/typescript/index.js';
import { snapback } from './snapback.js';
import { useSession } from '../session/use-session.js';

export type RunningProgress = SnapshotProgress | VerificationProgress | RollbackProgress;

const BETWEEN_MS = 1_500;
/** Looked at in one round: nobody watches more. */
const MOST = 30;

/**
 * How far each running operation is, by its id. A browser holds six connections to one origin open, and a list may have more that runs: so each
 * stream is opened for its first event, which is the present state, one after another, and the round begins again.
 */
export function useRunningProgress(operations: readonly Operation[]): ReadonlyMap<string, RunningProgress> {
  const queries = useQueryClient();
  const { status } = useSession();
  const [progress, setProgress] = useState<ReadonlyMap<string, RunningProgress>>(new Map());
  const running = operations.filter(isWatched).slice(0, MOST);
  const key = running.map(({ id }) => id).join(' ');
  useEffect(() => {
    if (key === '' || status !== 'signed-in') return undefined;
    const leaving = new AbortController();
    const look = async () => {
      while (!leaving.signal.aborted) {
        for (const operation of running) {
          const event = await presentState(operation, leaving.signal);
          if (leaving.signal.aborted) return;
          if (event === undefined) continue;
          setProgress((before) => new Map(before).set(operation.id, event));
          if (event.final) await queries.invalidateQueries();
        }
        await pause(BETWEEN_MS, leaving.signal);
      }
    };
    void look();
    return () => leaving.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- The key says which run.
  }, [key, status, queries]);
  return progress;
}

function isWatched({ kind, state, environmentId, snapshotId, deploymentId }: Operation): boolean {
  if (state !== 'running' || environmentId === null) return false;
  return kind === 'rollback'
    ? deploymentId !== null
    : (kind === 'snapshot' || kind === 'verification') && snapshotId !== null;
}

/** Undefined when there is no telling: it has ended meanwhile, or nothing answers. The list says more when it is asked again. */
async function presentState(operation: Operation, leaving: AbortSignal): Promise<RunningProgress | undefined> {
  const enough = new AbortController();
  const signal = AbortSignal.any([leaving, enough.signal]);
  try {
    for await (const event of streamOf(operation, signal)) return event;
  } catch {
    return undefined;
  } finally {
    enough.abort();
  }
  return undefined;
}

function streamOf(operation: Operation, signal: AbortSignal): AsyncGenerator<RunningProgress, void> {
  const { kind, environmentId, snapshotId, deploymentId } = operation;
  const options = { signal, reconnectMs: 0 };
  if (kind === 'rollback') return snapback.rollbacks.watch(deploymentId ?? '', options);
  if (kind === 'verification')
    return snapback.snapshots.watchVerification(environmentId ?? '', snapshotId ?? '', options);
  return snapback.snapshots.watch(environmentId ?? '', snapshotId ?? '', options);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
