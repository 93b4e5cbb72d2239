import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Link2 } from 'lucide-react';
import type { RollbackLog, RollbackProgress } from '../../../sdk/typescript/index.js';
import { snapback } from '../../api/snapback.js';
import { useWhyNot } from '../../session/use-access.js';
import { Button, buttonLook } from '../../ui/button.js';
import { Equivalents, shellWord, type Equivalent } from '../../ui/equivalents.js';
import { useTell } from '../../ui/toasts.js';
import type { Place } from './use-place-of.js';

interface RollbackActionsProps {
  log: RollbackLog;
  event: RollbackProgress | undefined;
  place: Place | null | undefined;
  canUndo: boolean;
  undo: () => void;
  /** Why it could not be called off. */
  failed: (error: unknown) => void;
}

/** The last steps in which nothing can be called off any more. */
const TOO_LATE: readonly (string | undefined)[] = ['cutover', 'recovery', 'cleanup'];

export function RollbackActions({ log, event, place, canUndo, undo, failed }: RollbackActionsProps) {
  const whyNot = useWhyNot();
  const tell = useTell();
  const queries = useQueryClient();
  const { deploymentId, status, undoneBy, safetySnapshotId, safetySnapshotStatus, environmentId } = log;
  const isRunning = status === 'queued' || status === 'running';
  const step = event?.phase ?? log.steps.at(-1)?.name;
  const cancel = useMutation({
    mutationFn: () => snapback.rollbacks.cancel(deploymentId),
    onSuccess: async () => {
      tell('It is being called off.');
      await queries.invalidateQueries({ queryKey: ['rollbackLog', deploymentId] });
    },
    onError: failed,
  });
  const copy = () =>
    navigator.clipboard.writeText(location.origin + location.pathname).then(
      () => tell('The address of this page is copied.'),
      // The browser does not allow it: it stands in the address bar.
      () => tell('The browser does not allow it; copy the address from above.', 'warn'),
    );
  const wayBack = status === 'completed' && undoneBy === null && !canUndo && safetySnapshotStatus === 'completed';
  return (
    <>
      <Equivalents of={equivalentOf(log, place, canUndo)} />
      <Button onClick={() => void copy()}>
        <Link2 aria-hidden className="size-4" /> Copy link
      </Button>
      {isRunning && (
        <Button
          look="danger"
          busy={cancel.isPending}
          reason={
            whyNot('rollbacks:write') ??
            (TOO_LATE.includes(step) ? 'It is swapping; it can be undone when it has ended.' : undefined)
          }
          onClick={() => cancel.mutate()}
        >
          Cancel the rollback
        </Button>
      )}
      {canUndo && (
        <Button look="primary" reason={whyNot('rollbacks:write')} onClick={undo}>
          Undo…
        </Button>
      )}
      {wayBack && place && (
        <Link
          to="/projects/$projectId/environments/$environmentId/rollback"
          params={{ projectId: place.projectId, environmentId }}
          search={{ snapshot: safetySnapshotId ?? '' }}
          className={buttonLook()}
        >
          Go back to its safety snapshot…
        </Link>
      )}
    </>
  );
}

function equivalentOf(
  { deploymentId, status }: RollbackLog,
  place: Place | null | undefined,
  canUndo: boolean,
): Equivalent {
  const env = place ? ` --env ${shellWord(place.told)}` : '';
  const path = `/deployments/${deploymentId}`;
  if (canUndo)
    return {
      command: `snapback rollback undo ${deploymentId}${env} --wait`,
      method: 'POST',
      path: `${path}/rollback/undo`,
    };
  if (status === 'queued' || status === 'running')
    return {
      command: `snapback rollback cancel ${deploymentId}${env}`,
      method: 'POST',
      path: `${path}/rollback/cancel`,
    };
  return { command: `snapback rollback logs ${deploymentId}${env}`, method: 'GET', path };
}
