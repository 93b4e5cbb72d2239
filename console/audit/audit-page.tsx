import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import {
  auditListInfiniteOptions,
  auditListOptions,
} from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { present } from '../address/present.js';
import { byCursor, itemsOf, nextOf, PAGE_LIMIT, totalOf } from '../api/pages.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { Needs } from '../session/needs.js';
import { useMay } from '../session/use-access.js';
import { count } from '../ui/amounts.js';
import { Button } from '../ui/button.js';
import { Card } from '../ui/card.js';
import { Empty } from '../ui/empty.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { useNow } from '../ui/moment.js';
import { Page } from '../ui/page.js';
import { AuditFiltersBar } from './audit-filters.js';
import { AuditProof } from './audit-proof.js';
import { auditCommand, filtersOf, isFiltered, type AuditSearch } from './audit-search.js';
import { AuditTable } from './audit-table.js';
import { todayInWords } from './today.js';

const route = getRouteApi('/audit');

/** Who did what? What happened today is in the first line. */
export function AuditPage() {
  const today = useToday();
  const search = route.useSearch();
  const filters = new URLSearchParams(filtersOf(search) as Record<string, string>).toString();
  return (
    <Page
      title="Audit"
      answer={today.answer}
      actions={
        <Equivalents
          of={{ command: auditCommand(search), method: 'GET', path: `/audit${filters === '' ? '' : `?${filters}`}` }}
        />
      }
    >
      <Needs permission="audit:read">
        <AuditList search={search} newest={today.newest} />
      </Needs>
    </Page>
  );
}

function AuditList({ search, newest }: { search: AuditSearch; newest: number | undefined }) {
  const navigate = route.useNavigate();
  const found = useInfiniteQuery({
    ...auditListInfiniteOptions({ client, query: { ...filtersOf(search), limit: PAGE_LIMIT } }),
    ...byCursor,
    placeholderData: keepPreviousData,
    // What has happened does not change, and who reads is not to lose their place.
    staleTime: Infinity,
  });
  const entries = itemsOf(found.data);
  const total = totalOf(found.data);
  const change = (part: { [Name in keyof AuditSearch]?: string | undefined }) =>
    void navigate({ search: (before) => present({ ...before, ...part }), replace: true });
  const clear = () => void navigate({ search: {} });
  const isBehind = !isFiltered(search) && newest !== undefined && newest > (entries[0]?.sequence ?? newest);
  return (
    <>
      <AuditFiltersBar
        search={search}
        onChange={change}
        onClear={clear}
        actors={[...new Set(entries.map(({ actor }) => actor))].toSorted()}
      />
      {found.error !== null && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.data === undefined && found.error === null && <Loading what="the audit" rows={8} />}
      {total?.total === 0 && (
        <Empty title={isFiltered(search) ? 'No entry is like that' : 'Nothing was done yet'}>
          {isFiltered(search) ? (
            <Button size="small" onClick={clear}>
              Clear the filters
            </Button>
          ) : (
            'Each change, by whomever, and each refusal will be here.'
          )}
        </Empty>
      )}
      {total !== undefined && entries.length > 0 && (
        <Card
          title={`${total.isLowerBound ? 'More than ' : ''}${count(total.total)} ${total.total === 1 ? 'entry' : 'entries'}`}
          aside={
            isBehind && (
              <Button size="small" onClick={() => void found.refetch()}>
                Show newer ones
              </Button>
            )
          }
          flush
        >
          <AuditTable entries={entries} total={total.total} onEnd={nextOf(found)} />
        </Card>
      )}
      <AuditProof newest={isFiltered(search) ? undefined : entries[0]} />
    </>
  );
}

/** What happened since midnight, where the person is; asked for again and again. */
function useToday(): { answer: string | undefined; newest: number | undefined } {
  const enabled = useMay('audit:read');
  const since = new Date(new Date(useNow()).setHours(0, 0, 0, 0)).toISOString();
  const of = (outcome: 'done' | 'refused', limit: number) => ({
    ...auditListOptions({ client, query: { since, outcome, limit } }),
    refetchInterval: LIST_REFRESH_MS,
    placeholderData: keepPreviousData,
    enabled,
  });
  const done = useQuery(of('done', PAGE_LIMIT)).data;
  const refused = useQuery(of('refused', 1)).data;
  if (done === undefined || refused === undefined) return { answer: undefined, newest: undefined };
  const answer = todayInWords({
    newest: done.items,
    done: done.total,
    refused: refused.total,
    isLowerBound: done.totalIsLowerBound,
  });
  return { answer, newest: Math.max(done.items[0]?.sequence ?? 0, refused.items[0]?.sequence ?? 0) };
}
