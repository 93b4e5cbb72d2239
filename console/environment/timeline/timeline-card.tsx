import { useEffect, useMemo, useState } from 'react';
import { itemsOf } from '../../api/pages.js';
import { Button } from '../../ui/button.js';
import { Card } from '../../ui/card.js';
import { Empty } from '../../ui/empty.js';
import { Failed } from '../../ui/failed.js';
import { Loading } from '../../ui/loading.js';
import { useNow } from '../../ui/moment.js';
import { useDeployments, useRetention, useZone } from '../use-environment.js';
import { useHistory } from '../use-history.js';
import { DayList } from './day-list.js';
import { Legend } from './legend.js';
import { arrange, marksOf, type Mark, type PlaceOf, type Span } from './marks.js';
import { RangeChoice } from './range-choice.js';
import { spanAround, spanOf, type RangeDays } from './range.js';
import { NextDeletions, Reach } from './reach.js';
import { MARK_PX, plotWidth } from './scale.js';
import { TimelineChart } from './timeline-chart.js';
import { useWidth } from './use-width.js';

/** Below this it is a list of days. */
const LEAST_PX = 620;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** So many snapshots are asked for by themselves, for a range that reaches further back than those at hand. */
const MOST_BY_ITSELF = 2_000;

interface TimelineCardProps {
  projectId: string;
  environmentId: string;
}

/** What happened, on one axis. */
export function TimelineCard({ projectId, environmentId }: TimelineCardProps) {
  const history = useHistory(environmentId);
  const deployments = useDeployments(environmentId);
  const retention = useRetention(environmentId);
  const zone = useZone(environmentId);
  const now = Math.floor(useNow() / MINUTE_MS) * MINUTE_MS;
  const [days, setDays] = useState<RangeDays>(30);
  const [zoom, setZoom] = useState<Span>();
  const [ref, width] = useWidth();
  const { snapshots, loadOlder, isLoading, hasFailed } = history;
  const changes = deployments.data;
  const marks = useMemo(() => marksOf(snapshots ?? [], itemsOf(changes)), [snapshots, changes]);
  const last = snapshots?.at(-1);
  const oldest = last && Date.parse(last.createdAt);
  const span = useMemo(() => zoom ?? spanOf(days, now, oldest), [zoom, days, now, oldest]);
  const isShort =
    snapshots !== undefined && snapshots.length < MOST_BY_ITSELF && (days === null || (oldest ?? 0) > span.from);
  useEffect(() => {
    if (isShort && !isLoading && !hasFailed) loadOlder?.();
  }, [isShort, isLoading, hasFailed, loadOlder]);
  const drawn = useMemo(
    () => arrange(marks, { span, most: Math.floor(plotWidth(width) / MARK_PX) }),
    [marks, span, width],
  );
  const due = useMemo(() => new Map(retention?.nextDeletions.map((one) => [one.snapshotId, one])), [retention]);
  const placeOf = useMemo<PlaceOf>(() => {
    const places = new Map(marks.map(({ key, at, lane }) => [key, { at, lane }]));
    return (id) => places.get(id);
  }, [marks]);
  const hrefOf = (mark: Mark) => hrefOfMark(mark, `/projects/${projectId}/environments/${environmentId}`);
  const keptDays = retention?.policy.retentionDays ?? 0;
  const isNarrow = width > 0 && width < LEAST_PX;
  return (
    <Card
      title="Timeline"
      aside={
        <div className="flex flex-wrap items-center gap-2">
          {zoom !== undefined && (
            <Button size="small" look="quiet" onClick={() => setZoom(undefined)}>
              Back to the whole range
            </Button>
          )}
          <RangeChoice
            days={days}
            onChoose={(chosen) => {
              setZoom(undefined);
              setDays(chosen);
            }}
          />
        </div>
      }
    >
      <div ref={ref} className="min-h-24">
        {history.error !== null && <Failed error={history.error} again={history.again} />}
        {snapshots === undefined && history.error === null && <Loading what="the timeline" rows={4} />}
        {snapshots !== undefined && marks.length === 0 && (
          <Empty title="Nothing has happened yet">
            The first snapshot will stand here, and deployments and rollbacks beside it.
          </Empty>
        )}
        {marks.length > 0 && isNarrow && <DayList marks={marks} span={span} zone={zone} hrefOf={hrefOf} due={due} />}
        {marks.length > 0 && width > 0 && !isNarrow && (
          <TimelineChart
            marks={drawn}
            span={span}
            width={width}
            zone={zone}
            horizon={keptDays === 0 ? null : { at: now - keptDays * DAY_MS, days: keptDays }}
            due={due}
            placeOf={placeOf}
            hrefOf={hrefOf}
            onZoom={(bundle) => setZoom(spanAround(bundle))}
          />
        )}
      </div>
      {marks.length > 0 && (
        <div className="mt-3 flex flex-col gap-2 border-t pt-3 text-sm text-soft">
          <Legend />
          <NextDeletions retention={retention} zone={zone} placeOf={placeOf} />
          <Reach history={history} from={span.from} zone={zone} />
        </div>
      )}
    </Card>
  );
}

/** A deployment has no page of its own: it leads to the snapshot that was taken before it. */
function hrefOfMark(mark: Mark, base: string): string | undefined {
  if (mark.kind === 'snapshot') return `${base}/snapshots/${mark.snapshot.id}`;
  if (mark.kind === 'bundle') return undefined;
  const { kind, id, snapshotId } = mark.deployment;
  if (kind === 'rollback') return `/rollbacks/${id}`;
  return snapshotId === null ? undefined : `${base}/snapshots/${snapshotId}`;
}
