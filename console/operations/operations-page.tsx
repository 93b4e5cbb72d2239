import { keepPreviousData, useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import {
  operationsListInfiniteOptions,
  operationsListOptions,
} from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { OperationKind, OperationState } from '../../sdk/typescript/index.js';
import { useNames } from '../api/names.js';
import { byCursor, PAGE_LIMIT } from '../api/pages.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { Button } from '../ui/button.js';
import { Empty } from '../ui/empty.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Page } from '../ui/page.js';
import { OPERATION_KIND, OPERATION_STATE } from '../ui/words.js';
import { OperationFilters, type StateCounts } from './operation-filters.js';
import { OperationRow } from './operation-row.js';
import { useRunningProgress } from '../api/use-running-progress.js';

const STATES = Object.keys(OPERATION_STATE) as OperationState[];

/** What runs, waits or hangs: what needs a person first. */
export function OperationsPage() {
  const { state, kind } = known(useSearch({ from: '/operations' }));
  const counts = useCounts();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    ...operationsListInfiniteOptions({ client, query: { limit: PAGE_LIMIT, ...(state !== undefined && { state }) } }),
    ...byCursor,
    refetchInterval: LIST_REFRESH_MS,
    placeholderData: keepPreviousData,
  });
  const loaded = data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = kind === undefined ? loaded : loaded.filter((operation) => operation.kind === kind);
  const progress = useRunningProgress(shown);
  const names = useNames(shown.length > 0);
  // The service does not look for kinds: what has not been loaded may have some.
  const isLooking = kind !== undefined && hasNextPage && !isFetchingNextPage;
  useEffect(() => {
    if (isLooking) void fetchNextPage();
  }, [isLooking, fetchNextPage]);
  return (
    <Page title="Operations" answer={<span role="status">{counts && answerOf(counts)}</span>}>
      <OperationFilters state={state} kind={kind} counts={counts} />
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Loading what="the operations" rows={4} />}
      {data !== undefined && shown.length === 0 && !hasNextPage && (
        <Nothing isFiltered={state !== undefined || kind !== undefined} />
      )}
      {shown.length > 0 && (
        <ul aria-label="Operations" className="overflow-hidden rounded-box border bg-surface">
          {shown.map((operation) => (
            <OperationRow
              key={operation.id}
              operation={operation}
              names={names}
              progress={progress.get(operation.id)}
            />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <Empty title="Nothing of this kind, in this state" />
  ) : (
    <Empty title="Nothing runs, nothing hangs.">
      Snapshots, verifications and rollbacks are here while they run; what the service cannot do by itself stays here
      until somebody has looked at it.
    </Empty>
  );
}

/** How many are in each state; undefined until all are known. */
function useCounts(): StateCounts | undefined {
  const answers = useQueries({
    queries: STATES.map((state) => ({
      ...operationsListOptions({ client, query: { state, limit: 1 } }),
      refetchInterval: LIST_REFRESH_MS,
    })),
  });
  const totals = answers.map(({ data }) => data?.total);
  if (totals.some((total) => total === undefined)) return undefined;
  return Object.fromEntries(STATES.map((state, index) => [state, totals[index]])) as StateCounts;
}

function answerOf({ attention, running, waiting, queued }: StateCounts): string {
  const said = [
    ...(attention > 0 ? [`${attention} ${attention === 1 ? 'needs' : 'need'} a person`] : []),
    ...(running > 0 ? [`${running} ${running === 1 ? 'runs' : 'run'}`] : []),
    ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? 'waits to be tried again' : 'wait to be tried again'}`] : []),
    ...(queued > 0 ? [`${queued} ${queued === 1 ? 'waits' : 'wait'} for a worker`] : []),
  ];
  if (said.length === 0) return 'Nothing runs, nothing hangs.';
  return `${said.join(', ')}${attention === 0 ? '; nothing needs you' : ''}.`;
}

/** What the address says, as far as it is a state and a kind. */
function known({ state, kind }: { state?: string; kind?: string }): {
  state: OperationState | undefined;
  kind: OperationKind | undefined;
} {
  const isState = (text: string): text is OperationState => text in OPERATION_STATE;
  const isKind = (text: string): text is OperationKind => text in OPERATION_KIND;
  return {
    state: state !== undefined && isState(state) ? state : undefined,
    kind: kind !== undefined && isKind(kind) ? kind : undefined,
  };
}
