import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { protectionListInfiniteOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { EnvironmentProtection, ProtectionSummary } from '../../sdk/typescript/index.js';
import { byCursor, PAGE_LIMIT } from '../api/pages.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';

/** What a strip shows. */
export const DAYS = 30;

export interface ProtectionList {
  /** Each once, as many as are here already; undefined until the first page is. */
  environments: readonly EnvironmentProtection[] | undefined;
  /** How many there are in all. */
  total: number;
  /** Of all, whatever is here. */
  summary: ProtectionSummary | undefined;
  error: unknown;
  again: () => void;
}

/**
 * Whether environments are protected, those that need somebody first, all that the person may see: page after page comes by itself, so that
 * they can be put in order and searched here.
 */
export function useProtection({ enabled = true }: { enabled?: boolean } = {}): ProtectionList {
  const { data, error, isFetching, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    ...protectionListInfiniteOptions({ client, query: { days: DAYS, limit: PAGE_LIMIT } }),
    enabled,
    ...byCursor,
    // All pages are asked for again: the more there are, the less often.
    refetchInterval: ({ state }) => LIST_REFRESH_MS * Math.max(1, state.data?.pages.length ?? 1),
  });
  const isShort = enabled && hasNextPage && !isFetching && error === null;
  useEffect(() => {
    if (isShort) void fetchNextPage();
  }, [isShort, fetchNextPage]);
  const environments = useMemo(
    () =>
      data && [
        // Between two pages one may have become another state, and come twice.
        ...new Map(data.pages.flatMap(({ items }) => items).map((one) => [one.environmentId, one])).values(),
      ],
    [data],
  );
  const first = data?.pages[0];
  return { environments, total: first?.total ?? 0, summary: first?.summary, error, again: () => void refetch() };
}
