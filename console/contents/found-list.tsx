import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { itemsOf, nextOf, PAGE_LIMIT, type PageOf } from '../api/pages.js';
import type { Where } from '../snapshot/naming.js';
import { count } from '../ui/amounts.js';
import { Button } from '../ui/button.js';
import { Card } from '../ui/card.js';
import { Loading } from '../ui/loading.js';
import { ContentsFailed } from './contents-failed.js';
import { nextLook } from './next-look.js';

interface FoundListProps<Item> {
  found: UseInfiniteQueryResult<InfiniteData<PageOf<Item>, unknown>, unknown>;
  /** What they are called: one, and several. */
  words: readonly [one: string, several: string];
  where: Where;
  /** What is said to be damaged, when that is why there is nothing. */
  damaged?: string;
  /** In the place of the list when there is nothing, and nothing more to look at. */
  empty: ReactNode;
  /** Draws what is here; `onEnd` is called when its end comes into view. */
  children: (items: Item[], onEnd: (() => void) | undefined) => ReactNode;
}

/** What was found in a snapshot, page by page, and how it goes on. */
export function FoundList<Item>({ found, words, where, damaged, empty, children }: FoundListProps<Item>) {
  const { data, error, isFetchingNextPage, isFetchNextPageError, fetchNextPage, refetch } = found;
  const items = itemsOf(data);
  const look = nextLook(
    (data?.pages ?? []).map((page) => page.items.length),
    found.hasNextPage,
    PAGE_LIMIT,
  );
  const goesOn = look === 'by-itself' && error === null;
  useEffect(() => {
    if (goesOn && !isFetchingNextPage) void fetchNextPage();
  }, [goesOn, isFetchingNextPage, fetchNextPage]);
  const said = `${look === 'nothing' ? '' : 'More than '}${count(items.length)} ${words[items.length === 1 ? 0 : 1]}`;
  const isLookedFor = look === 'by-itself' || look === 'when-asked';
  return (
    <>
      <p role="status" className="sr-only">
        {data !== undefined && !goesOn && said}
      </p>
      {data === undefined && error === null && <Loading what={`the ${words[1]}`} rows={8} />}
      {data !== undefined && items.length === 0 && look === 'nothing' && empty}
      {items.length > 0 && (
        <Card title={said} flush>
          {children(items, look === 'as-one-scrolls' && error === null ? nextOf(found) : undefined)}
        </Card>
      )}
      {isLookedFor && error === null && (
        <div className="flex flex-wrap items-center justify-between gap-3 rounded-box border border-dashed px-4 py-3 text-sm">
          <p>{items.length === 0 ? 'Nothing yet' : 'No more yet'} among the names looked at so far; there are more.</p>
          <Button size="small" busy={look === 'by-itself' || isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {look === 'by-itself' || isFetchingNextPage ? 'Looking further…' : 'Look further'}
          </Button>
        </div>
      )}
      {error !== null && (
        <ContentsFailed
          error={error}
          damaged={damaged}
          again={() => void (isFetchNextPageError ? fetchNextPage() : refetch())}
          where={where}
        />
      )}
    </>
  );
}
