import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { SnapshotDetails } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { ExportDialog } from '../exports/export-dialog.js';
import { useWhyNot } from '../session/use-access.js';
import { Button, buttonLook } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { Equivalents } from '../ui/equivalents.js';
import { useTell } from '../ui/toasts.js';
import { DeleteDialog } from './delete-dialog.js';
import { commandOf, pathOf, titleOf, type Where } from './naming.js';
import { NewEnvironmentLink } from './new-environment-link.js';
import type { Neighbours } from './use-neighbours.js';

// With what checks forms, which the page is shown without.
const PinDialog = lazy(async () => ({ default: (await import('./pin-dialog.js')).PinDialog }));

interface SnapshotActionsProps {
  snapshot: SnapshotDetails;
  neighbours: Neighbours | undefined;
  where: Where;
  maxPinned: number | undefined;
}

type Asked = 'verify' | 'export' | 'pin' | 'unpin' | 'delete' | 'cancel';

/** What may be done with it in its state, each with what it does before anybody presses it. */
export function SnapshotActions({ snapshot, neighbours, where, maxPinned }: SnapshotActionsProps) {
  const [asked, setAsked] = useState<Asked>();
  const whyNot = useWhyNot();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const tell = useTell();
  const { id, environmentId, status, pinned } = snapshot;
  const { projectId } = where;
  const mayNotWrite = whyNot('snapshots:write');
  const close = () => setAsked(undefined);
  const done = (text: string) => () => {
    close();
    tell(text);
    void queries.invalidateQueries();
  };
  const dialog = (what: Asked) => ({ open: asked === what, onClose: close });
  const isCompleted = status === 'completed';
  const isUnderWay = status === 'queued' || status === 'running';
  return (
    <>
      {isCompleted && <RollBack snapshot={snapshot} where={where} reason={whyNot('rollbacks:read')} />}
      {isCompleted && <NewEnvironmentLink snapshot={snapshot} where={where} />}
      {isCompleted && (
        <Button reason={mayNotWrite ?? whyNotVerify(snapshot)} onClick={() => setAsked('verify')}>
          Verify
        </Button>
      )}
      {isCompleted && (
        <Button reason={mayNotWrite} onClick={() => setAsked('export')}>
          Export…
        </Button>
      )}
      {isCompleted && (
        <Button reason={mayNotWrite} onClick={() => setAsked('pin')}>
          {pinned ? 'Change the pin' : 'Pin'}
        </Button>
      )}
      {pinned && (
        <Button reason={mayNotWrite} onClick={() => setAsked('unpin')}>
          Unpin
        </Button>
      )}
      {isUnderWay && (
        <Button reason={mayNotWrite} onClick={() => setAsked('cancel')}>
          Cancel
        </Button>
      )}
      {!isUnderWay && status !== 'deleting' && (
        <Button look="danger" reason={mayNotWrite} onClick={() => setAsked('delete')}>
          Delete
        </Button>
      )}
      <Equivalents of={{ command: commandOf('show', id, where), method: 'GET', path: pathOf(snapshot) }} />
      <ConfirmDialog
        {...dialog('verify')}
        title="Verify this snapshot?"
        about="It is restored into a scratch database on the environment's server and a scratch directory beside its filestore, every row and every file is compared with what was captured, and both are removed. Nothing live is touched; the server has more to do meanwhile."
        verb="Verify it"
        equivalent={{ command: commandOf('verify', id, where), method: 'POST', path: pathOf(snapshot, '/verify') }}
        act={() => snapback.snapshots.verify(environmentId, id)}
        onDone={done('The verification is queued.')}
      />
      <ConfirmDialog
        {...dialog('unpin')}
        title="Unpin this snapshot?"
        about="Retention decides again how long it is kept, and people may delete it."
        verb="Unpin it"
        equivalent={{ command: commandOf('unpin', id, where), method: 'DELETE', path: pathOf(snapshot, '/pin') }}
        act={() => snapback.snapshots.unpin(environmentId, id)}
        onDone={done('The snapshot is not pinned any more.')}
      />
      <ConfirmDialog
        {...dialog('cancel')}
        title="Cancel this snapshot?"
        about={`It ends within seconds, and nothing of it stays in the vault.${snapshot.deploymentId === null ? '' : ' A deployment waits for it: the settings say whether its gate opens without.'}`}
        verb="Cancel it"
        look="danger"
        equivalent={{ command: commandOf('cancel', id, where), method: 'POST', path: pathOf(snapshot, '/cancel') }}
        act={() => snapback.snapshots.cancel(environmentId, id)}
        onDone={done('The snapshot is being cancelled.')}
      />
      <DeleteDialog
        {...dialog('delete')}
        {...{ snapshot, neighbours, where }}
        onDone={() => {
          tell(`“${titleOf(snapshot, where.zone)}” is being deleted.`);
          void navigate({
            to: '/projects/$projectId/environments/$environmentId',
            params: { projectId, environmentId },
          }).then(() => queries.invalidateQueries());
        }}
      />
      {asked === 'export' && (
        <ExportDialog {...{ snapshot, where }} onClose={close} onBegun={done('The export is queued.')} />
      )}
      {asked === 'pin' && (
        <Suspense>
          <PinDialog
            {...{ snapshot, where, maxPinned }}
            onClose={close}
            onDone={done(pinned ? 'The pin is changed.' : 'The snapshot is pinned.')}
          />
        </Suspense>
      )}
    </>
  );
}

interface RollBackProps {
  snapshot: SnapshotDetails;
  where: Where;
  reason: string | undefined;
}

/** To the plan: nothing happens before that was read. */
function RollBack({ snapshot: { id, restorability }, where: { projectId, environmentId }, reason }: RollBackProps) {
  const why =
    reason ?? (restorability?.state === 'refuted' ? 'A rollback to a refuted snapshot is refused.' : undefined);
  if (why !== undefined)
    return (
      <Button look="primary" reason={why}>
        Roll back to this
      </Button>
    );
  return (
    <Link
      to="/projects/$projectId/environments/$environmentId/rollback"
      params={{ projectId, environmentId }}
      search={{ snapshot: id }}
      className={buttonLook({ look: 'primary' })}
    >
      Roll back to this
    </Link>
  );
}

function whyNotVerify({ verification }: SnapshotDetails): string | undefined {
  return verification !== null && verification.status !== 'ended' ? 'It is being verified.' : undefined;
}
