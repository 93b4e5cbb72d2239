import { getRouteApi, Link } from '@tanstack/react-router';
import { Needs } from '../session/needs.js';
import { Badge } from '../ui/badge.js';
import { Failed } from '../ui/failed.js';
import { linkLook } from '../ui/link.js';
import { Loading } from '../ui/loading.js';
import { Page } from '../ui/page.js';
import { WithTooltip } from '../ui/tooltip.js';
import { PROTECTION } from '../ui/words.js';
import { ChangesCard } from './changes-card.js';
import { EnvironmentActions } from './environment-actions.js';
import { EnvironmentAnswer } from './environment-answer.js';
import { ExportsCard } from '../exports/exports-card.js';
import { MadeFrom } from './made-from.js';
import { TakenOutCard } from '../items/taken-out-card.js';
import { ScheduleCard } from './schedule/schedule-card.js';
import { SizesCard } from './sizes/sizes-card.js';
import { SnapshotsCard } from './snapshots-card.js';
import { TimelineCard } from './timeline/timeline-card.js';
import { useEnvironment, useProtectionOf, useZone } from './use-environment.js';

const route = getRouteApi('/projects/$projectId/environments/$environmentId');

/** How far back can I go, and what happened? */
export function EnvironmentPage() {
  const { projectId, environmentId } = route.useParams();
  // Of another environment nothing may be left on the page.
  return <Environment key={environmentId} projectId={projectId} environmentId={environmentId} />;
}

function Environment({ projectId, environmentId }: { projectId: string; environmentId: string }) {
  const { environment, project, error, again } = useEnvironment(projectId, environmentId);
  const protection = useProtectionOf(environmentId);
  const zone = useZone(environmentId);
  if (environment === undefined && error === null) return <Loading what="the environment" rows={6} />;
  if (environment === undefined)
    return (
      <Page title="Environment">
        <Failed error={error} again={again} />
      </Page>
    );
  const ids = { projectId, environmentId };
  return (
    <Page
      title={environment.name}
      path={
        <>
          <Link to="/" search={{ project: projectId }} className={linkLook}>
            {project?.name ?? 'Project'}
          </Link>{' '}
          / environment
        </>
      }
      badges={
        <>
          <Badge>{environment.type}</Badge>
          {protection && (
            <WithTooltip text={protection.reason?.message ?? PROTECTION[protection.state].about}>
              <span tabIndex={0} className="rounded-full">
                <Badge tone={PROTECTION[protection.state].tone}>{PROTECTION[protection.state].text}</Badge>
              </span>
            </WithTooltip>
          )}
        </>
      }
      answer={<EnvironmentAnswer environmentId={environmentId} protection={protection} />}
      actions={<EnvironmentActions environment={environment} projectName={project?.name} />}
    >
      {environment.provisionedFrom !== null && (
        <MadeFrom environmentId={environmentId} of={environment.provisionedFrom} zone={zone} />
      )}
      <Needs permission="snapshots:read">
        <TimelineCard {...ids} />
        <SnapshotsCard {...ids} />
      </Needs>
      <TakenOutCard environment={environment} zone={zone} />
      <ExportsCard {...ids} environmentType={environment.type} zone={zone} />
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <ScheduleCard {...ids} />
        <ChangesCard {...ids} />
      </div>
      <SizesCard environmentId={environmentId} />
    </Page>
  );
}
