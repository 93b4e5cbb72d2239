import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import {
  snapshotListInfiniteOptions,
  snapshotListOptions,
} from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Snapshot, SnapshotListData, SnapshotPage } from '../../sdk/typescript/index.js';
import { byCursorOf, itemsOf, PAGE_LIMIT } from '../api/pages.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { useMay } from '../session/use-access.js';

export type SnapshotFilters = Pick<
  NonNullable<SnapshotListData['query']>,
  'status' | 'trigger' | 'restorability' | 'pinned'
>;

export interface History {
  /** Newest first, as far back as was asked for; undefined until the first page is here. */
  snapshots: readonly Snapshot[] | undefined;
  /** How many there are in all. */
  total: number;
  isLowerBound: boolean;
  /** Undefined when all are here. */
  loadOlder: (() => void) | undefined;
  isLoading: boolean;
  /** Older ones could not be had: they are asked for again only by somebody. */
  hasFailed: boolean;
  error: unknown;
  again: () => void;
}

/** What is further back than the newest page hardly ever changes: it is not asked for again each few seconds. */
const OLDER_FRESH_MS = 60_000;

/** The snapshots of an environment: the newest as they are now, older ones page by page. */
export function useHistory(environmentId: string, filters: SnapshotFilters = {}): History {
  const enabled = useMay('snapshots:read');
  const asked = { client, path: { environmentId }, query: { ...filters, limit: PAGE_LIMIT } };
  const pages = useInfiniteQuery({
    ...snapshotListInfiniteOptions(asked),
    ...byCursorOf({ environmentId }),
    enabled,
    staleTime: OLDER_FRESH_MS,
    refetchOnWindowFocus: false,
  });
  const newest = useQuery({
    ...snapshotListOptions(asked),
    enabled: enabled && pages.isSuccess,
    initialData: () => pages.data?.pages[0],
    initialDataUpdatedAt: pages.dataUpdatedAt,
    refetchInterval: LIST_REFRESH_MS,
  }).data;
  const { data, error, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, refetch } = pages;
  const snapshots = useMemo(() => data && merged(newest, itemsOf(data)), [data, newest]);
  const loadOlder = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  const { total = 0, totalIsLowerBound = false } = newest ?? data?.pages[0] ?? {};
  return {
    snapshots,
    total,
    isLowerBound: totalIsLowerBound,
    loadOlder: hasNextPage ? loadOlder : undefined,
    isLoading: isFetchingNextPage,
    hasFailed: isFetchNextPageError,
    error: data === undefined ? error : null,
    again: () => void refetch(),
  };
}

/** As the newest page says, as far as it reaches; behind it what is known of older ones. */
function merged(newest: SnapshotPage | undefined, known: readonly Snapshot[]): readonly Snapshot[] {
  const last = newest?.items.at(-1);
  if (newest === undefined || last === undefined || newest.nextCursor === null) return newest?.items ?? known;
  const here = new Set(newest.items.map(({ id }) => id));
  const older = known.filter(({ id, createdAt }) => !here.has(id) && createdAt <= last.createdAt);
  return [...newest.items, ...older];
}
