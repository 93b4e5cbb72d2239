import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { retentionPlanOptions, snapshotListOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { RetentionDecision, RetentionPlan, Snapshot } from '../../sdk/typescript/index.js';
import { client } from '../api/snapback.js';
import { findPlace, PAGE } from './place-in-history.js';

export interface Neighbours {
  /** How many completed ones are newer. */
  place: number;
  /** The completed one before it; null when it is the first. */
  previous: Snapshot | null;
  /** Newer ones that were built on it. */
  dependents: Snapshot[];
  /** Not all newer ones were looked through: there may be more dependents. */
  mayBeMore: boolean;
}

/** Passed over to the left of a snapshot, so that it and the one before it fit on a page. */
const NEWER = PAGE - 2;

/** What stands around a completed snapshot in the history of its environment; null when it is in no list of completed ones. */
export function useNeighbours(snapshot: Snapshot | undefined) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: ['snapshot-neighbours', snapshot?.id, snapshot?.status],
    enabled: snapshot?.status === 'completed',
    queryFn: () => (snapshot === undefined ? null : neighboursOf(queries, snapshot)),
  });
}

async function neighboursOf(queries: QueryClient, snapshot: Snapshot): Promise<Neighbours | null> {
  const page = (offset: number) =>
    queries.fetchQuery(
      snapshotListOptions({
        client,
        path: { environmentId: snapshot.environmentId },
        query: { status: 'completed', limit: PAGE, offset },
      }),
    );
  const place = await findPlace(snapshot, page);
  if (place === undefined) return null;
  const from = Math.max(0, place - NEWER);
  const { items } = await page(from);
  const newer = items.slice(0, place - from);
  return {
    place,
    previous: items[place - from + 1] ?? null,
    dependents: newer.filter(({ baseSnapshotId }) => baseSnapshotId === snapshot.id),
    mayBeMore: from > 0,
  };
}

export interface Retention {
  plan: RetentionPlan;
  /** What it does with the snapshot; undefined when it is about others by now. */
  decision: RetentionDecision | undefined;
}

/** What retention does with the snapshot, and why. The plan has the order of the list of completed ones. */
export function useRetention(snapshot: Snapshot | undefined, place: number | undefined) {
  const aside = 2;
  return useQuery({
    ...retentionPlanOptions({
      client,
      path: { environmentId: snapshot?.environmentId ?? '' },
      query: { limit: 2 * aside + 1, offset: Math.max(0, (place ?? 0) - aside) },
    }),
    enabled: snapshot !== undefined && place !== undefined,
    select: (plan): Retention => ({
      plan,
      decision: plan.items.find(({ snapshotId }) => snapshotId === snapshot?.id),
    }),
  });
}
