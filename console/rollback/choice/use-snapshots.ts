import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { snapshotListInfiniteOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Snapshot } from '../../../sdk/typescript/index.js';
import { byCursorOf, PAGE_LIMIT } from '../../api/pages.js';
import { client } from '../../api/snapback.js';

/** As many as somebody looks through after typing; more are loaded as the list is scrolled. */
const ENOUGH = 20;

/** The completed snapshots of an environment that match a text by label or id, the newest first, as far as they are loaded. */
export function useSnapshots(environmentId: string, text: string) {
  const path = { environmentId };
  const { data, error, hasNextPage, isFetching, fetchNextPage, refetch } = useInfiniteQuery({
    ...snapshotListInfiniteOptions({
      client,
      path,
      query: { status: 'completed', limit: PAGE_LIMIT },
    }),
    ...byCursorOf(path),
  });
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return (data?.pages ?? []).flatMap(({ items }) => items).filter((snapshot) => matches(snapshot, wanted));
  }, [data, text]);
  // The service does not search: what is typed is looked for page by page, until there is enough to see.
  const isWanting = found.length < ENOUGH && hasNextPage && !isFetching && error === null;
  useEffect(() => {
    if (isWanting) void fetchNextPage();
  }, [isWanting, fetchNextPage]);
  return {
    found,
    total: data?.pages[0]?.total,
    isLoading: isFetching || isWanting,
    error,
    more: () => {
      if (hasNextPage && !isFetching) void fetchNextPage();
    },
    again: () => void refetch(),
  };
}

function matches({ id, label, trigger }: Snapshot, wanted: string): boolean {
  return [id, label ?? '', trigger].some((text) => text.toLowerCase().includes(wanted));
}
