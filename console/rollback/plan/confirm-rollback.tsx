import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { SnapbackError, type RollbackPlan, type RollbackRequest } from '../../../sdk/typescript/index.js';
import { snapback } from '../../api/snapback.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Failed } from '../../ui/failed.js';
import { linkLook } from '../../ui/link.js';
import { useNow } from '../../ui/moment.js';
import { Notice } from '../../ui/notice.js';
import { asksForName, NameToType, whyNotTyped } from '../name-to-type.js';
import { Findings } from './findings.js';
import { planAnswer, type Planned } from './plan-answer.js';
import { planDifferences } from './plan-differences.js';
import { PlanDifferences } from './plan-differences-table.js';

export interface Confirming {
  /** The plan as it was when the button was pressed, or when the one before was agreed to. */
  seen: RollbackPlan;
  /** The one that stands here and is agreed to; undefined while it is made. */
  shown: RollbackPlan | undefined;
  /** Why there is none. */
  error?: unknown;
}

interface ConfirmRollbackProps {
  confirming: Confirming;
  planned: Omit<Planned, 'plan'>;
  request: RollbackRequest;
  /** Makes the plan anew; what was shown until then is what has been seen. */
  planAgain: (seen: RollbackPlan) => void;
  close: () => void;
}

const CHANGED: readonly (string | undefined)[] = ['plan-changed', 'rollback-refused'];

/** Agreement to one plan: the token that is sent is that of the plan that stands here. If it has become another one, it is shown and asked for again. */
export function ConfirmRollback({ confirming, planned, request, planAgain, close }: ConfirmRollbackProps) {
  const { seen, shown, error } = confirming;
  const { target } = planned;
  const navigate = useNavigate();
  const now = useNow();
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState('');
  const begin = useMutation({
    mutationFn: ({ planToken }: RollbackPlan) =>
      snapback.rollbacks.create(planned.source.id, { ...request, planToken }),
    onSuccess: ({ deploymentId }) => navigate({ to: '/rollbacks/$deploymentId', params: { deploymentId } }),
    onError: (problem, plan) => {
      if (!(problem instanceof SnapbackError && CHANGED.includes(problem.code))) return;
      setTyped('');
      form.current?.querySelector<HTMLElement>('[data-first-focus]')?.focus();
      planAgain(plan);
    },
  });
  const answer = shown && planAnswer({ ...planned, plan: shown }, now);
  const differences = shown === undefined ? [] : planDifferences(seen, shown);
  const isRefused = shown?.allowed === false;
  const reason = isRefused ? 'It would be refused: see what is in the way.' : whyNotTyped(target, typed);
  return (
    <Dialog
      open
      onClose={close}
      closable={!begin.isPending}
      title={`Roll back ${target.name}?`}
      about={answer === undefined ? 'Looking at the environment once more…' : answer.what}
    >
      {answer !== undefined && <p className="text-sm">{answer.afterwards}</p>}
      <Problem of={begin.error} />
      {error !== undefined && <Failed error={error} again={() => planAgain(seen)} />}
      {differences.length > 0 && (
        <Notice tone="warn" title="This is not quite the plan that you looked at">
          <PlanDifferences of={differences} />
        </Notice>
      )}
      {shown !== undefined && <Findings tone="bad" title="In the way" of={shown.refusals} />}
      {shown !== undefined && <Findings tone="warn" title="Warnings" of={shown.warnings} />}
      <form
        ref={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (shown !== undefined && reason === undefined && !begin.isPending) begin.mutate(shown);
        }}
      >
        {asksForName(target) && <NameToType name={target.name} typed={typed} type={setTyped} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={close}>
            Leave it as it is
          </Button>
          <Button
            look="primary"
            type="submit"
            busy={begin.isPending || (shown === undefined && error === undefined)}
            reason={error === undefined ? reason : 'There is no plan to agree to.'}
            data-first-focus={asksForName(target) ? undefined : true}
          >
            <span className="max-w-60 truncate">Roll back {target.name}</span>
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What the service has refused, with its reasons. */
function Problem({ of: error }: { of: unknown }) {
  if (error === null) return null;
  const problem = error instanceof SnapbackError ? error.problem : undefined;
  if (problem?.code === 'plan-changed')
    return (
      <Findings tone="warn" title="Nothing was changed: the plan has become another one" of={problem.reasons ?? []} />
    );
  return (
    <>
      <Failed error={error} />
      {problem?.resource?.kind === 'rollback' && (
        <Link to="/rollbacks/$deploymentId" params={{ deploymentId: problem.resource.id }} className={linkLook}>
          Watch that rollback
        </Link>
      )}
    </>
  );
}
