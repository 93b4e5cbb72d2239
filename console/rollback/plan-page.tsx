import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { NoAnswerError, type RollbackPlan, type RollbackRequest } from '../../sdk/typescript/index.js';
import { useWhyNot } from '../session/use-access.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Empty } from '../ui/empty.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { linkLook } from '../ui/link.js';
import { Loading } from '../ui/loading.js';
import { useNow } from '../ui/moment.js';
import { Notice } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { ChoiceCard, type Choice } from './choice/choice-card.js';
import { ConfirmRollback, type Confirming } from './plan/confirm-rollback.js';
import { planAnswer } from './plan/plan-answer.js';
import { PlanDifferences } from './plan/plan-differences-table.js';
import { PlanParts } from './plan/plan-parts.js';
import { rollbackEquivalent } from './plan/rollback-equivalent.js';
import { useParties } from './plan/use-parties.js';
import { usePlan } from './plan/use-plan.js';

const route = getRouteApi('/projects/$projectId/environments/$environmentId/rollback');

/** What would happen if somebody pressed the button, and the button. */
export function PlanPage() {
  const { projectId, environmentId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const whyNot = useWhyNot();
  const now = useNow();
  const parties = useParties({ projectId, environmentId, snapshotId: search.snapshot, targetId: search.target });
  const { project, environment, target, environments, snapshot, zone, undoMinutes } = parties;
  const safety = search.safety !== 'no';
  const request: RollbackRequest | undefined = snapshot
    ? {
        snapshotId: snapshot.id,
        createSafetySnapshot: safety,
        ...(search.target !== undefined && search.target !== environmentId && { targetEnvironmentId: search.target }),
      }
    : undefined;
  const [confirming, setConfirming] = useState<Confirming>();
  const { plan, error, again, differences, see } = usePlan(environmentId, request, confirming !== undefined);
  const change = ({ snapshotId, targetId, safety: wanted }: Choice) =>
    void navigate({
      replace: true,
      search: ({ snapshot: id, target: to, safety: taken }) => ({
        ...keep('snapshot', snapshotId ?? id),
        ...keep('target', targetId === undefined ? to : targetId === environmentId ? undefined : targetId),
        ...keep('safety', wanted === undefined ? taken : wanted ? undefined : 'no'),
      }),
    });
  const planAgain = (seen: RollbackPlan) => {
    setConfirming({ seen, shown: undefined });
    void again().then(({ data, error: problem }) => {
      if (problem === null && data !== undefined) see(data);
      setConfirming(
        (open) => open && { seen, shown: problem === null ? data : undefined, ...(problem && { error: problem }) },
      );
    });
  };
  const parts =
    project && environment && target && snapshot ? { project, source: environment, target, snapshot } : undefined;
  const planned = parts && { ...parts, projectName: parts.project.name, undoMinutes };
  const answer = planned && plan && planAnswer({ ...planned, plan }, now);
  const [refusal] = plan?.refusals ?? [];
  return (
    <Page
      title={environment === undefined ? 'Roll back' : `Roll back ${target?.name ?? environment.name}`}
      path={
        environment !== undefined && (
          <Link
            to="/projects/$projectId/environments/$environmentId"
            params={{ projectId, environmentId }}
            className={linkLook}
          >
            {project === undefined ? '' : `${project.name} / `}
            {environment.name}
          </Link>
        )
      }
      badges={plan?.standby === true && <Badge tone="good">in a second, by the standby</Badge>}
      answer={
        answer && (
          <>
            <span className="text-ink">{answer.what}</span> {answer.afterwards}
          </>
        )
      }
      actions={
        request !== undefined &&
        plan !== undefined &&
        planned !== undefined && (
          <>
            <Equivalents of={rollbackEquivalent(planned, request)} />
            <Button
              look="primary"
              reason={whyNot('rollbacks:write') ?? refusal?.message}
              onClick={() => planAgain(plan)}
            >
              Roll back…
            </Button>
          </>
        )
      }
    >
      {parties.error !== null && <Failed error={parties.error} again={parties.again} />}
      {error !== null && !(plan !== undefined && error instanceof NoAnswerError) && (
        <Failed error={error} again={() => void again()} />
      )}
      {differences.length > 0 && plan !== undefined && confirming === undefined && (
        <Notice tone="warn" title="The plan has changed since you looked at it">
          <PlanDifferences of={differences} />
          <Button size="small" className="mt-3" onClick={() => see(plan)}>
            I have seen it
          </Button>
        </Notice>
      )}
      {snapshot === null && (
        <Empty title="There is no snapshot to go back to">
          None that is completed and can come back, apart from safety snapshots. <code>snapback snapshot create</code>{' '}
          takes one.
        </Empty>
      )}
      <div className="grid items-start gap-6 lg:grid-cols-[21rem_minmax(0,1fr)]">
        {environment !== undefined && (
          <ChoiceCard
            environment={environment}
            zone={zone}
            snapshot={snapshot ?? undefined}
            targetId={search.target ?? environmentId}
            environments={environments}
            safety={safety}
            change={change}
          />
        )}
        {planned !== undefined && plan !== undefined && <PlanParts planned={{ ...planned, plan }} zone={zone} />}
        {plan === undefined && snapshot !== null && error === null && parties.error === null && (
          <Loading what="the plan" rows={6} />
        )}
      </div>
      {confirming !== undefined && planned !== undefined && request !== undefined && (
        <ConfirmRollback
          confirming={confirming}
          planned={planned}
          request={request}
          planAgain={planAgain}
          close={() => setConfirming(undefined)}
        />
      )}
    </Page>
  );
}

/** A part of an address, which is left out where it says nothing. */
function keep<Name extends string>(name: Name, value: string | undefined): { [N in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [N in Name]?: string });
}
