import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { scheduleRunListOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { ScheduleRun, SnapshotSettings } from '../../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../../api/query-client.js';
import { client } from '../../api/snapback.js';
import { Needs } from '../../session/needs.js';
import { count } from '../../ui/amounts.js';
import { Badge } from '../../ui/badge.js';
import { Card } from '../../ui/card.js';
import { Failed } from '../../ui/failed.js';
import { linkLook } from '../../ui/link.js';
import { Loading } from '../../ui/loading.js';
import { Moment } from '../../ui/moment.js';
import { useSettings } from '../use-environment.js';
import { cronWords } from './cron-words.js';

interface Ids {
  projectId: string;
  environmentId: string;
}

/** When snapshots are taken by themselves, and what became of that lately. */
export function ScheduleCard({ projectId, environmentId }: Ids) {
  const { data: settings, error, refetch } = useSettings(environmentId);
  return (
    <Card
      title="Schedule"
      aside={
        <Link
          to="/projects/$projectId/environments/$environmentId/settings"
          params={{ projectId, environmentId }}
          hash="schedule"
          className={`text-sm ${linkLook}`}
        >
          Change it
        </Link>
      }
    >
      <Needs permission="settings:read">
        {error !== null && settings === undefined && <Failed error={error} again={() => void refetch()} />}
        {settings === undefined && error === null && <Loading what="the schedule" />}
        {settings !== undefined && <Schedule of={settings} />}
        <Runs projectId={projectId} environmentId={environmentId} />
      </Needs>
    </Card>
  );
}

function Schedule({ of: { schedule, schedulePaused, skipUnchanged, nextRuns, timeZone } }: { of: SnapshotSettings }) {
  if (schedule.length === 0)
    return <p className="text-sm text-soft">Nothing is taken by itself: there is no schedule.</p>;
  return (
    <div className="flex flex-col gap-3 text-sm">
      <ul className="flex flex-col gap-1">
        {schedule.map(({ cron, timeZone: zone, keep }) => (
          <li key={`${cron} ${zone}`}>
            <span className="font-medium">{cronWords(cron) ?? cron}</span>{' '}
            <span className="text-soft">
              ({zone}){keep !== undefined && `, the newest ${count(keep)} are kept`}
            </span>
          </li>
        ))}
      </ul>
      {(schedulePaused || skipUnchanged) && (
        <p className="flex flex-wrap items-center gap-2 text-soft">
          {schedulePaused && (
            <>
              <Badge tone="warn">paused</Badge> Nothing is taken until it goes on.
            </>
          )}
          {skipUnchanged && 'What turns out to be unchanged is not kept.'}
        </p>
      )}
      {nextRuns.length > 0 && (
        <div>
          <h3 className="mb-1 text-xs font-medium text-soft">Next runs</h3>
          <ol className="numbers flex flex-wrap gap-x-4 gap-y-1">
            {nextRuns.map(({ at, cron }) => (
              <li key={`${at} ${cron}`}>
                <Moment at={at} zone={timeZone} />
              </li>
            ))}
          </ol>
        </div>
      )}
    </div>
  );
}

const SHOWN = 5;

function Runs({ projectId, environmentId }: Ids) {
  const runs = useQuery({
    ...scheduleRunListOptions({ client, path: { environmentId }, query: { limit: SHOWN } }),
    refetchInterval: LIST_REFRESH_MS,
  }).data;
  if (runs === undefined || runs.items.length === 0) return null;
  return (
    <div className="mt-3 text-sm">
      <h3 className="mb-1 text-xs font-medium text-soft">Lately</h3>
      <ul className="flex flex-col gap-1.5">
        {runs.items.map((run) => (
          <li key={run.id} className="flex flex-wrap items-baseline gap-x-2">
            <Moment at={run.dueAt} zone={run.timeZone} />
            <Outcome of={run} projectId={projectId} environmentId={environmentId} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Outcome({ of: { outcome, snapshotId, runCount, reason }, ...ids }: { of: ScheduleRun } & Ids) {
  if (outcome === 'started')
    return snapshotId === null ? (
      <span className="text-soft">started</span>
    ) : (
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
        params={{ ...ids, snapshotId }}
        className={linkLook}
      >
        snapshot {snapshotId.slice(0, 8)}
      </Link>
    );
  return (
    <span className="flex flex-wrap items-baseline gap-2">
      <Badge tone="warn">{runCount > 1 ? `${count(runCount)} skipped` : 'skipped'}</Badge>
      {reason !== null && <span className="text-soft">{reason.message}</span>}
    </span>
  );
}
