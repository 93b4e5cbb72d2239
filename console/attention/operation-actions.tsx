import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Operation } from '../../sdk/typescript/index.js';
import type { Names } from '../api/names.js';
import { snapback } from '../api/snapback.js';
import { useWhyNot } from '../session/use-access.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { shellWord, type Equivalent } from '../ui/equivalents.js';
import { useTell } from '../ui/toasts.js';
import { OPERATION_KIND } from '../ui/words.js';
import { aboutAct, actsOn, permissionFor, type Act } from './what-may-be-done.js';
import { WhatGoes } from './what-goes.js';

const ID_SHOWN = 8;
const VERBS: Record<Act, { verb: string; done: string }> = {
  retry: { verb: 'Retry', done: 'It is tried now.' },
  confirm: { verb: 'Confirm', done: 'Retention goes on.' },
  'give-up': { verb: 'Give up', done: 'It is not tried any more.' },
  cancel: { verb: 'Cancel', done: 'It is being cancelled.' },
};

/** What may be done about it, each with a dialog that says what it does. */
export function OperationActions({ operation, names }: { operation: Operation; names: Names | undefined }) {
  const [asked, setAsked] = useState<Act>();
  const whyNot = useWhyNot();
  const queries = useQueryClient();
  const tell = useTell();
  const { kind, environmentId, reason } = operation;
  const what = OPERATION_KIND[kind].text.toLowerCase();
  return (
    <div className="flex flex-wrap gap-2">
      {actsOn(operation).map((act) => {
        const { verb, done } = VERBS[act];
        const isHarsh = act !== 'retry';
        return (
          <span key={act}>
            <Button
              size="small"
              look={act === 'give-up' || act === 'cancel' ? 'danger' : 'plain'}
              aria-label={`${verb}: ${what}`}
              reason={whyNot(permissionFor(act, operation))}
              onClick={() => setAsked(act)}
            >
              {verb}
            </Button>
            <ConfirmDialog
              open={asked === act}
              onClose={() => setAsked(undefined)}
              title={`${verb} this ${what}?`}
              about={aboutAct(act, operation)}
              verb={verb}
              look={isHarsh ? 'danger' : 'primary'}
              equivalent={equivalentOf(act, operation, names)}
              act={() => perform(act, operation)}
              onDone={() => {
                tell(done);
                void queries.invalidateQueries();
              }}
            >
              {reason !== null && <p className="border-l-2 border-edge pl-3 text-sm">{reason.message}</p>}
              {act === 'confirm' && environmentId !== null && <WhatGoes environmentId={environmentId} />}
            </ConfirmDialog>
          </span>
        );
      })}
    </div>
  );
}

async function perform(act: Act, { id, kind, environmentId }: Operation): Promise<unknown> {
  if (act === 'retry') return snapback.operations.retry(id);
  if (act === 'confirm') return snapback.operations.confirm(id);
  if (act === 'give-up') return snapback.operations.giveUp(id);
  return kind === 'rollback' ? snapback.rollbacks.cancel(id) : snapback.snapshots.cancel(environmentId ?? '', id);
}

function equivalentOf(act: Act, operation: Operation, names: Names | undefined): Equivalent {
  const { id, kind, projectId, environmentId } = operation;
  const short = id.slice(0, ID_SHOWN);
  if (act !== 'cancel')
    return { command: `snapback operations ${act} ${short}`, method: 'POST', path: `/operations/${id}/${act}` };
  if (kind === 'rollback')
    return { command: `snapback rollback cancel ${short}`, method: 'POST', path: `/deployments/${id}/rollback/cancel` };
  const [project, environment] = [names?.projects.get(projectId ?? ''), names?.environments.get(environmentId ?? '')];
  const env = project === undefined || environment === undefined ? (environmentId ?? '') : `${project}/${environment}`;
  return {
    command: `snapback snapshot cancel ${short} --env ${shellWord(env)}`,
    method: 'POST',
    path: `/environments/${environmentId}/snapshots/${id}/cancel`,
  };
}
