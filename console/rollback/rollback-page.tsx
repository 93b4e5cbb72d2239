import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { settingsViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { RollbackLog } from '../../sdk/typescript/index.js';
import { client } from '../api/snapback.js';
import { Badge } from '../ui/badge.js';
import { Empty } from '../ui/empty.js';
import { Failed } from '../ui/failed.js';
import { linkLook } from '../ui/link.js';
import { Loading } from '../ui/loading.js';
import { OWN_ZONE } from '../ui/moment.js';
import { Notice } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { ROLLBACK_STATUS } from '../ui/words.js';
import { Findings } from './plan/findings.js';
import { Figures } from './watch/figures.js';
import { RollbackActions } from './watch/rollback-actions.js';
import { rollbackAnswer, timeLeft, undoLeftMs } from './watch/rollback-answer.js';
import { StepsTaken } from './watch/steps-taken.js';
import { UndoDialog } from './watch/undo-dialog.js';
import { usePlaceOf, type Place } from './watch/use-place-of.js';
import { useRollback } from './watch/use-rollback.js';
import { useSecond } from './watch/use-second.js';
import { WhatIsKept } from './watch/what-is-kept.js';
import { WhatItWas } from './watch/what-it-was.js';

const route = getRouteApi('/rollbacks/$deploymentId');

/** One rollback, from its request to the end of its undo: what a colleague is sent a link to. */
export function RollbackPage() {
  const { deploymentId } = route.useParams();
  // Of another rollback nothing of this one is left: no open dialog, no refusal.
  return <OneRollback key={deploymentId} deploymentId={deploymentId} />;
}

function OneRollback({ deploymentId }: { deploymentId: string }) {
  const { deployment, log, event, streamError, error, again } = useRollback(deploymentId);
  const place = usePlaceOf(deployment?.environmentId);
  const path = { environmentId: deployment?.environmentId ?? '' };
  const settings = useQuery({ ...settingsViewOptions({ client, path }), enabled: deployment !== undefined });
  const zone = settings.data?.timeZone ?? OWN_ZONE;
  const now = useSecond(log?.undoableUntil != null);
  const [isUndoing, setUndoing] = useState(false);
  const [refused, setRefused] = useState<unknown>();
  const leftMs = log && undoLeftMs(log, now);
  if (deployment?.kind === 'deploy')
    return (
      <Page title="This is no rollback">
        <Empty title={`It is the deployment ${deployment.version ?? ''} that a pipeline announced`}>
          {deployment.rollbackDeploymentId === null ? (
            'It was not rolled back.'
          ) : (
            <Link
              to="/rollbacks/$deploymentId"
              params={{ deploymentId: deployment.rollbackDeploymentId }}
              className={linkLook}
            >
              The rollback that its failure has started
            </Link>
          )}
        </Empty>
      </Page>
    );
  return (
    <Page
      title={titleOf(log, place)}
      path={place && <PathTo place={place} />}
      badges={log && <Badge tone={ROLLBACK_STATUS[log.status].tone}>{ROLLBACK_STATUS[log.status].text}</Badge>}
      answer={
        log && (
          <>
            <span role="status" className="text-ink">
              {rollbackAnswer(log, event)}
            </span>{' '}
            {log.status === 'completed' && log.undoneBy === null && (
              <span className="numbers print:hidden">
                {leftMs === undefined
                  ? 'It cannot be undone any more.'
                  : `You can undo this for another ${timeLeft(leftMs)}.`}
              </span>
            )}
          </>
        )
      }
      actions={
        log && (
          <RollbackActions
            log={log}
            event={event}
            place={place}
            canUndo={leftMs !== undefined}
            undo={() => setUndoing(true)}
            failed={setRefused}
          />
        )
      }
    >
      {error !== null && <Failed error={error} again={again} />}
      {refused !== undefined && log?.finishedAt === null && <Failed error={refused} />}
      {streamError !== undefined && log?.finishedAt === null && (
        <Notice tone="warn" title="Progress is not live any more; this page goes on asking how far it is." />
      )}
      {log === undefined && error === null && <Loading what="the rollback" rows={5} />}
      {log !== undefined && (
        <>
          {log.failure !== null && <Findings tone="bad" title="Why" of={[log.failure]} />}
          <Findings
            tone="warn"
            title={log.warnings.length === 1 ? 'A warning' : `${log.warnings.length} warnings`}
            of={log.warnings}
          />
          <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_24rem]">
            <div className="flex min-w-0 flex-col gap-6">
              <Figures log={log} />
              <StepsTaken log={log} event={event} />
            </div>
            <div className="flex min-w-0 flex-col gap-6">
              <WhatItWas log={log} place={place} zone={zone} />
              <WhatIsKept log={log} place={place} zone={zone} />
            </div>
          </div>
        </>
      )}
      {isUndoing && log !== undefined && (
        <UndoDialog
          log={log}
          // Of an environment that may not be seen nobody knows whether it is production.
          place={place ?? { name: 'the environment', type: 'production' }}
          zone={zone}
          leftMs={leftMs}
          close={() => setUndoing(false)}
        />
      )}
    </Page>
  );
}

function titleOf(log: RollbackLog | undefined, place: Place | null | undefined): string {
  const what = log !== undefined && log.undoOf !== null ? 'Undo of a rollback' : 'Rollback';
  return place ? `${what} of ${place.told}` : what;
}

function PathTo({ place: { projectId, environmentId, told } }: { place: Place }) {
  return (
    <Link
      to="/projects/$projectId/environments/$environmentId"
      params={{ projectId, environmentId }}
      className={linkLook}
    >
      {told}
    </Link>
  );
}
