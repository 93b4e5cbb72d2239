import { useQuery } from '@tanstack/react-query';
import type {
  Operation,
  RollbackProgress,
  SnapshotProgress,
  VerificationProgress,
} from '../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { useRollbackProgress, useSnapshotProgress, useVerificationProgress } from '../api/live.js';
import { snapback } from '../api/snapback.js';
import { duration } from '../ui/amounts.js';
import { Moment } from '../ui/moment.js';
import { Progress } from '../ui/progress.js';
import { AboutOperation } from './about-operation.js';
import type { KnownEnvironments } from './known-environments.js';

type Event = SnapshotProgress | RollbackProgress | VerificationProgress;

interface RunningOperationProps {
  of: Operation;
  known: KnownEnvironments;
  /** Whether each event is shown as it comes; otherwise it is looked at now and then. */
  isStreamed: boolean;
}

export function RunningOperation({ of, known, isStreamed }: RunningOperationProps) {
  const streamed = useEvents(of, isStreamed);
  const glimpsed = useGlimpse(of, !isStreamed);
  const event = streamed ?? glimpsed;
  const left = event?.remainingSeconds ?? null;
  return (
    <li>
      <div className="mb-1 flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
        <AboutOperation of={of} known={known} />
        <span className="numbers text-soft">
          {left === null ? (
            <>
              since <Moment at={of.since} />
            </>
          ) : (
            `about ${duration(left * 1000)} left`
          )}
        </span>
      </div>
      <Progress
        label={event === undefined || event.message === '' ? 'It has begun' : event.message}
        percent={event?.percent ?? null}
        processedBytes={event?.bytesDone ?? null}
        totalBytes={event?.bytesTotal ?? null}
      />
    </li>
  );
}

function useEvents({ kind, id, environmentId, snapshotId, deploymentId }: Operation, isFollowed: boolean) {
  const only = <T,>(wanted: Operation['kind'], value: T | null) =>
    isFollowed && kind === wanted ? (value ?? undefined) : undefined;
  const environment = environmentId ?? '';
  const snapshot = useSnapshotProgress(environment, only('snapshot', snapshotId));
  const verification = useVerificationProgress(environment, snapshotId ?? '', only('verification', id));
  const rollback = useRollbackProgress(only('rollback', deploymentId));
  return snapshot.event ?? verification.event ?? rollback.event;
}

/** The first event of a stream says how far it is; then the stream is left. */
function useGlimpse(operation: Operation, isWanted: boolean): Event | undefined {
  const { data } = useQuery({
    queryKey: ['glimpse of an operation', operation.id],
    queryFn: async ({ signal }): Promise<Event | null> => {
      for await (const event of eventsOf(operation, signal)) return event;
      return null;
    },
    enabled: isWanted && ['snapshot', 'verification', 'rollback'].includes(operation.kind),
    refetchInterval: LIST_REFRESH_MS,
  });
  return data ?? undefined;
}

async function* eventsOf(operation: Operation, signal: AbortSignal): AsyncGenerator<Event, void> {
  const { kind, environmentId, snapshotId, deploymentId } = operation;
  if (kind === 'rollback' && deploymentId !== null) yield* snapback.rollbacks.watch(deploymentId, { signal });
  if (environmentId === null || snapshotId === null) return;
  if (kind === 'snapshot') yield* snapback.snapshots.watch(environmentId, snapshotId, { signal });
  if (kind === 'verification') yield* snapback.snapshots.watchVerification(environmentId, snapshotId, { signal });
}
