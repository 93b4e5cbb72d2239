import type { Operation } from '../../sdk/typescript/index.js';
import { useRollbackProgress, useSnapshotProgress, useVerificationProgress } from '../api/live.js';
import type { RunningProgress } from '../api/use-running-progress.js';
import { duration } from '../ui/amounts.js';
import { Moment } from '../ui/moment.js';
import { Progress } from '../ui/progress.js';
import { AboutOperation } from './about-operation.js';
import type { KnownEnvironments } from './known-environments.js';

interface RunningOperationProps {
  of: Operation;
  known: KnownEnvironments;
  /** Whether each event is shown as it comes. */
  isStreamed: boolean;
  /** How far it was when somebody looked, where it is not streamed. */
  seen: RunningProgress | undefined;
}

export function RunningOperation({ of, known, isStreamed, seen }: RunningOperationProps) {
  const event = useEvents(of, isStreamed) ?? seen;
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
