import type { InfiniteData } from '@tanstack/react-query';
import { useEffect } from 'react';

export interface PageOf<Item> {
  items: Item[];
  total: number;
  totalIsLowerBound: boolean;
  nextCursor: string | null;
}

/** As many as a page may have. */
export const PAGE_LIMIT = 100;

/**
 * How the next page of a list is asked for, whatever has come or gone meanwhile.
 *
 * @example useInfiniteQuery({ ...auditListInfiniteOptions({ client, query: { limit: PAGE_LIMIT } }), ...byCursor })
 */
export const byCursor = {
  initialPageParam: {},
  getNextPageParam: ({ nextCursor }: { nextCursor: string | null }) =>
    nextCursor === null ? undefined : { query: { cursor: nextCursor } },
};

/** The same of a list that lies below something: its path is a part of what is asked for. */
export function byCursorOf<Path>(path: Path) {
  return {
    initialPageParam: { path },
    getNextPageParam: ({ nextCursor }: { nextCursor: string | null }) =>
      nextCursor === null ? undefined : { path, query: { cursor: nextCursor } },
  };
}

type Found<Item> = InfiniteData<PageOf<Item>, unknown> | undefined;

export function itemsOf<Item>(found: Found<Item>): Item[] {
  return found?.pages.flatMap(({ items }) => items) ?? [];
}

/** How many there are in all, as the first page says it: `more than 5,000` are not counted. */
export function totalOf<Item>(found: Found<Item>): { total: number; isLowerBound: boolean } | undefined {
  const first = found?.pages[0];
  return first && { total: first.total, isLowerBound: first.totalIsLowerBound };
}

interface Continued {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isError: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** Asks for one page after the other until all are there: for what is added up, or chosen from. */
export function useAllPages({ hasNextPage, isFetchingNextPage, isError, fetchNextPage }: Continued): void {
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
}

/** What a table is given, so that the next page is asked for when its end comes into view. */
export function nextOf({ hasNextPage, isFetchingNextPage, fetchNextPage }: Continued): (() => void) | undefined {
  if (!hasNextPage) return undefined;
  return () => {
    if (!isFetchingNextPage) void fetchNextPage();
  };
}
