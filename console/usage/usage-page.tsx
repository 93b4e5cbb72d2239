import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useMemo } from 'react';
import { usageViewInfiniteOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { UsageDay } from '../../sdk/typescript/index.js';
import { byCursor, itemsOf, PAGE_LIMIT, totalOf, useAllPages } from '../api/pages.js';
import { client } from '../api/snapback.js';
import { Needs } from '../session/needs.js';
import { useMay } from '../session/use-access.js';
import { bytes } from '../ui/amounts.js';
import { Button } from '../ui/button.js';
import { Card } from '../ui/card.js';
import { Empty } from '../ui/empty.js';
import { Equivalents, shellWord } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { handOver } from '../ui/hand-over.js';
import { useNow } from '../ui/moment.js';
import { Page } from '../ui/page.js';
import { Progress } from '../ui/progress.js';
import { nearLimits, Quotas, useQuotas } from './quotas.js';
import { RangeChoice } from './range-choice.js';
import { UsageCharts } from './usage-charts.js';
import { usageCsv } from './usage-csv.js';
import { byDay, byProject, type DayFigures } from './usage-figures.js';
import { dayOf, rangeOf, type UsageSearch } from './usage-range.js';
import { DayTable, ProjectTable } from './usage-tables.js';

const route = getRouteApi('/usage');

/** How much is stored, by whom, and how near is that to what may be? */
export function UsagePage() {
  const search = route.useSearch();
  const range = rangeOf(search, Date.parse(dayOf(useNow())));
  const found = useUsage(range, search.project);
  const days = useMemo(() => byDay(found.rows), [found.rows]);
  const limits = nearLimits(useQuotas(found.maySee).data?.quotas ?? []) ?? '';
  const query = new URLSearchParams({
    fromDay: range.from,
    toDay: range.to,
    ...(search.project !== undefined && { projectId: search.project }),
  });
  const project = search.project === undefined ? '' : `--project ${shellWord(search.project)} `;
  const command = `snapback ${project}usage --from ${shellWord(range.from)} --to ${shellWord(range.to)} --limit 10000`;
  const file = `snapback-usage-${range.from}-${range.to}.csv`;
  return (
    <Page
      title="Usage"
      answer={found.isComplete ? [answerOf(days), limits].join(' ') : undefined}
      actions={
        <>
          <Equivalents of={{ command, method: 'GET', path: `/usage?${query}` }} />
          <Button
            reason={found.rows.length > 0 && found.isComplete ? undefined : 'There are no figures yet.'}
            onClick={() => handOver(file, new Blob([usageCsv(found.rows)], { type: 'text/csv;charset=utf-8' }))}
          >
            <Download aria-hidden className="size-4" />
            Download as CSV
          </Button>
        </>
      }
    >
      <Needs permission="environments:read">
        <RangeChoice range={range} project={search.project} />
        {found.error !== null && <Failed error={found.error} again={found.again} />}
        {found.error === null && !found.isComplete && <Progress label="Adding up the days" percent={found.percent} />}
        {found.isComplete && days.length === 0 && (
          <Empty title="Nothing was used in these days">
            The service looks once an hour, and keeps a row for each project and day.
          </Empty>
        )}
        {found.isComplete && days.length > 0 && <Figures days={days} rows={found.rows} />}
        <Quotas />
        {found.isComplete && days.length > 0 && (
          <Card title="By day" flush>
            <DayTable days={days} />
          </Card>
        )}
      </Needs>
    </Page>
  );
}

function Figures({ days, rows }: { days: readonly DayFigures[]; rows: readonly UsageDay[] }) {
  return (
    <>
      <UsageCharts days={days} />
      <Card title="By project" flush>
        <ProjectTable projects={byProject(rows)} />
      </Card>
    </>
  );
}

/** Every row of the range: what is added up must be whole. */
function useUsage({ from, to }: { from: string; to: string }, projectId: UsageSearch['project']) {
  const query = { fromDay: from, toDay: to, limit: PAGE_LIMIT, ...(projectId !== undefined && { projectId }) };
  const maySee = useMay('environments:read');
  const found = useInfiniteQuery({
    ...usageViewInfiniteOptions({ client, query }),
    ...byCursor,
    staleTime: 5 * 60_000,
    enabled: maySee,
  });
  useAllPages(found);
  const { data } = found;
  const rows = useMemo(() => itemsOf<UsageDay>(data), [data]);
  const total = totalOf(data)?.total;
  return {
    maySee,
    rows,
    isComplete: data !== undefined && !found.hasNextPage,
    percent: total === undefined || total === 0 ? null : Math.min(100, (rows.length / total) * 100),
    error: found.error,
    again: () => void (data === undefined ? found.refetch() : found.fetchNextPage()),
  };
}

function answerOf(days: readonly DayFigures[]): string {
  const newest = days.findLast(({ storedBytes }) => storedBytes !== null);
  if (newest === undefined) return 'Nothing is known of these days.';
  const { storedBytes, logicalBytes, day } = newest;
  const added = days.reduce((total, { addedBytes }) => total + (addedBytes ?? 0), 0);
  return `On ${day} the vault held ${bytes(storedBytes ?? 0)} for ${bytes(logicalBytes ?? 0)} of snapshots; ${bytes(added)} were added ${days.length === 1 ? 'on it' : `in these ${days.length} days`}.`;
}
