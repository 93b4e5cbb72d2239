import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { deploymentViewOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { NoAnswerError, type RollbackLog } from '../../../sdk/typescript/index.js';
import { useRollbackProgress } from '../../api/live.js';
import { client, snapback } from '../../api/snapback.js';

const PAGE_SIZE = 20;
const WHILE_RUNNING_MS = 1_500;
const WHILE_CAPTURED_MS = 3_000;
/** Somebody else may undo it. */
const WHILE_UNDOABLE_MS = 30_000;

/** A rollback with its steps, and how far it has come, while somebody looks at it. */
export function useRollback(deploymentId: string) {
  const deployment = useQuery(deploymentViewOptions({ client, path: { deploymentId } }));
  const { environmentId, kind } = deployment.data ?? {};
  const log = useQuery({
    queryKey: ['rollbackLog', deploymentId],
    enabled: environmentId !== undefined && kind === 'rollback',
    queryFn: ({ signal }) => logOf(environmentId ?? '', deploymentId, signal),
    refetchInterval: ({ state }) => refreshMs(state.data),
  });
  const isRunning = log.data !== undefined && log.data.finishedAt === null;
  const live = useRollbackProgress(isRunning ? deploymentId : undefined);
  // Steps are in the log: it is looked at whenever the stream tells of another one.
  const { refetch } = log;
  const moved = `${live.event?.status ?? ''} ${live.event?.phase ?? ''}`;
  useEffect(() => {
    if (moved !== ' ') void refetch();
  }, [moved, refetch]);
  const error = log.data === undefined ? (deployment.error ?? log.error) : null;
  return {
    deployment: deployment.data,
    log: log.data,
    event: isRunning ? live.event : undefined,
    /** That nothing answers is said above every page. */
    streamError: live.error instanceof NoAnswerError ? undefined : live.error,
    error,
    again: () => void deployment.refetch().then(() => log.refetch()),
  };
}

async function logOf(environmentId: string, deploymentId: string, signal: AbortSignal): Promise<RollbackLog> {
  for await (const log of snapback.rollbacks.list(environmentId, { pageSize: PAGE_SIZE, signal }))
    if (log.deploymentId === deploymentId) return log;
  throw new Error('The log of this rollback is not there any more.');
}

function refreshMs(log: RollbackLog | undefined): number | false {
  if (log === undefined) return false;
  if (log.finishedAt === null) return WHILE_RUNNING_MS;
  if (log.safetySnapshotStatus === 'queued' || log.safetySnapshotStatus === 'running') return WHILE_CAPTURED_MS;
  return log.undoableUntil === null ? false : WHILE_UNDOABLE_MS;
}
