import type { RetentionPlan } from '../../../sdk/typescript/index.js';
import { count, exact } from '../../ui/amounts.js';
import { Button } from '../../ui/button.js';
import { Moment } from '../../ui/moment.js';
import type { History } from '../use-history.js';
import type { PlaceOf } from './marks.js';

/** As many as the service names. */
const MOST_NAMED = 20;

/** What goes next, and why. */
export function NextDeletions({
  retention,
  zone,
  placeOf,
}: {
  retention: RetentionPlan | undefined;
  zone: string;
  placeOf: PlaceOf;
}) {
  if (retention === undefined) return null;
  const { nextDeletions, nextRunAt } = retention;
  const [first] = nextDeletions;
  if (first === undefined)
    return (
      <p>
        Nothing goes at the next run of retention, <Moment at={nextRunAt} zone={zone} />.
      </p>
    );
  const howMany = nextDeletions.length < MOST_NAMED ? count(nextDeletions.length) : `${MOST_NAMED} or more`;
  const kind = placeOf(first.snapshotId)?.lane ?? 'snapshot';
  return (
    <p>
      Goes next: the {kind} of {exact(new Date(first.createdAt), zone)}, because {first.reasons.join('; ')}.{' '}
      {nextDeletions.length > 1 && `${howMany} in all go at the next run, `}
      {nextDeletions.length === 1 && 'It goes at the next run, '}
      <Moment at={nextRunAt} zone={zone} />.
    </p>
  );
}

/** What is not here yet is not drawn: this says so. */
export function Reach({ history, from, zone }: { history: History; from: number; zone: string }) {
  const { snapshots = [], total, isLowerBound, loadOlder, isLoading, hasFailed } = history;
  const last = snapshots.at(-1);
  if (loadOlder === undefined || last === undefined || Date.parse(last.createdAt) <= from) return null;
  return (
    <p className="flex flex-wrap items-center gap-2">
      {hasFailed && 'Older ones could not be had. '}
      Drawn are the newest {count(snapshots.length)} of {isLowerBound && 'more than '}
      {count(total)} snapshots, back to {exact(new Date(last.createdAt), zone)}.
      <Button size="small" busy={isLoading} onClick={loadOlder}>
        {isLoading ? 'Loading older ones…' : 'Load older ones'}
      </Button>
    </p>
  );
}
