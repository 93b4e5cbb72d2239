import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { settingsViewOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { RollbackLog } from '../../../sdk/typescript/index.js';
import { client, snapback } from '../../api/snapback.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Failed } from '../../ui/failed.js';
import { Moment } from '../../ui/moment.js';
import { asksForName, NameToType, whyNotTyped } from '../name-to-type.js';
import { SafetyChoice } from '../safety-choice.js';
import { inWords } from '../plan/plan-answer.js';
import { timeLeft } from './rollback-answer.js';

interface UndoDialogProps {
  log: RollbackLog;
  place: { name: string; type: string };
  zone: string;
  /** Undefined: its time is over. */
  leftMs: number | undefined;
  close: () => void;
}

/** Says what an undo does, and asks. It is a rollback of its own, with a page of its own. */
export function UndoDialog({ log, place, zone, leftMs, close }: UndoDialogProps) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [createSafetySnapshot, setSafety] = useState(false);
  const path = { environmentId: log.environmentId };
  const undoMinutes = useQuery(settingsViewOptions({ client, path })).data?.undoMinutes;
  const undo = useMutation({
    mutationFn: () => snapback.rollbacks.undo(log.deploymentId, { createSafetySnapshot }),
    onSuccess: ({ deploymentId }) => navigate({ to: '/rollbacks/$deploymentId', params: { deploymentId } }),
  });
  const reason = leftMs === undefined ? 'The time for an undo is over.' : whyNotTyped(place, typed);
  const isCaptured = log.safetySnapshotStatus === 'queued' || log.safetySnapshotStatus === 'running';
  return (
    <Dialog
      open
      onClose={close}
      closable={!undo.isPending}
      title={`Undo this rollback of ${place.name}?`}
      about="The state that it has swapped out is swapped back, as it was at that moment: nothing has to be rebuilt."
    >
      <div className="flex flex-col gap-2 text-sm">
        <p>
          What was written since <Moment at={log.finishedAt} zone={zone} /> is swapped out in turn
          {keptFor(undoMinutes, createSafetySnapshot)}
        </p>
        {isCaptured && (
          <p>
            The safety snapshot of the previous state is still being taken. It is called off unless it has come half of
            its way; then the undo waits for it.
          </p>
        )}
        {leftMs !== undefined && <p className="numbers text-soft">It can be undone for another {timeLeft(leftMs)}.</p>}
      </div>
      <SafetyChoice
        about="Of what the undo swaps out, right after it."
        isWanted={createSafetySnapshot}
        want={setSafety}
      />
      {undo.error !== null && <Failed error={undo.error} />}
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason === undefined && !undo.isPending) undo.mutate();
        }}
      >
        {asksForName(place) && <NameToType name={place.name} typed={typed} type={setTyped} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={close}>
            Leave it as it is
          </Button>
          <Button
            look="primary"
            type="submit"
            busy={undo.isPending}
            reason={reason}
            data-first-focus={asksForName(place) ? undefined : true}
          >
            Undo it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function keptFor(undoMinutes: number | undefined, isCaptured: boolean): string {
  const captured = isCaptured ? ', and captured as a safety snapshot' : '';
  if (undoMinutes === undefined) return ` and kept as long as the settings say${captured}.`;
  if (undoMinutes > 0) return `, kept for ${inWords(undoMinutes)} so that the undo can be undone as well${captured}.`;
  return isCaptured ? ' and captured as a safety snapshot.' : ' and gone: nothing of it is kept.';
}
