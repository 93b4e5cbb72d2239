import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type {
  ItemRestoreProgress,
  RollbackProgress,
  SnapshotExportProgress,
  SnapshotProgress,
  VerificationProgress,
} from '../../sdk/typescript/index.js';
import { useSession } from '../session/use-session.js';
import { snapback } from './snapback.js';

export interface Live<T> {
  /** The newest event; undefined before the first. */
  event: T | undefined;
  /** Why there are no more, when the stream was lost for good. */
  error: unknown;
}

/**
 * Follows a stream as long as the component is there, across lost connections and restarts of the service; whatever is shown is asked for
 * again when it has ended. `key` names the stream; undefined: nothing is followed.
 */
function useStream<T extends { final: boolean }>(
  key: string | undefined,
  watch: (signal: AbortSignal) => AsyncGenerator<T, void>,
): Live<T> {
  const queries = useQueryClient();
  // After signing in again it is opened with the new token.
  const { status } = useSession();
  const [live, setLive] = useState<Live<T> & { key: string | undefined }>({ key, event: undefined, error: undefined });
  useEffect(() => {
    if (key === undefined || status !== 'signed-in') return undefined;
    const leaving = new AbortController();
    const follow = async () => {
      for await (const event of watch(leaving.signal)) {
        setLive({ key, event, error: undefined });
        if (event.final) await queries.invalidateQueries();
      }
    };
    follow().catch((error: unknown) => {
      if (!leaving.signal.aborted) setLive((last) => ({ ...last, key, error }));
    });
    return () => leaving.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `watch` is another function each time, and the same stream.
  }, [key, status, queries]);
  return live.key === key ? live : { event: undefined, error: undefined };
}

export function useSnapshotProgress(environmentId: string, snapshotId: string | undefined): Live<SnapshotProgress> {
  return useStream(snapshotId === undefined ? undefined : `snapshot ${snapshotId}`, (signal) =>
    snapback.snapshots.watch(environmentId, snapshotId ?? '', { signal }),
  );
}

/** @param verificationId of its newest verification, while that runs */
export function useVerificationProgress(
  environmentId: string,
  snapshotId: string,
  verificationId: string | undefined,
): Live<VerificationProgress> {
  return useStream(verificationId === undefined ? undefined : `verification ${verificationId}`, (signal) =>
    snapback.snapshots.watchVerification(environmentId, snapshotId, { signal }),
  );
}

/** @param of what runs: it, or its undo, which has a progress of its own; undefined: nothing does */
export function useItemRestoreProgress(
  environmentId: string,
  itemRestoreId: string,
  of: 'restore' | 'undo' | undefined,
): Live<ItemRestoreProgress> {
  return useStream(of === undefined ? undefined : `${of} ${itemRestoreId}`, (signal) =>
    snapback.items.watch(environmentId, itemRestoreId, { signal }),
  );
}

export function useExportProgress(environmentId: string, exportId: string | undefined): Live<SnapshotExportProgress> {
  return useStream(exportId === undefined ? undefined : `export ${exportId}`, (signal) =>
    snapback.exports.watch(environmentId, exportId ?? '', { signal }),
  );
}

export function useRollbackProgress(deploymentId: string | undefined): Live<RollbackProgress> {
  return useStream(deploymentId === undefined ? undefined : `rollback ${deploymentId}`, (signal) =>
    snapback.rollbacks.watch(deploymentId ?? '', { signal }),
  );
}
