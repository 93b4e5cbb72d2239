import { useMemo } from 'react';
import { useProtection } from '../protection/use-protection.js';
import { usePaletteActions } from '../app/palette-actions.js';
import { Button } from '../ui/button.js';
import { Empty } from '../ui/empty.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Page } from '../ui/page.js';
import { count } from '../ui/amounts.js';
import { answerOf } from './answer.js';
import { AnswerLine } from './answer-line.js';
import { arrange } from './arrange.js';
import { DayLegend, EnvironmentFilter } from './environment-filter.js';
import { EnvironmentList } from './environment-list.js';
import { FirstEnvironment } from './first-environment.js';
import { NeedsYou } from './needs-you.js';
import { QuotaNotice } from './quota-notice.js';
import { RunningNow } from './running-now.js';
import { useFilter, type Filter } from './use-filter.js';

const NONE: readonly never[] = [];

/** Am I protected? What is not, stands first. */
export function OverviewPage() {
  const { environments, total, summary, error, again } = useProtection();
  const filter = useFilter();
  const known = useMemo(() => new Map((environments ?? NONE).map((one) => [one.environmentId, one])), [environments]);
  const { text, state, projectId } = filter.wanted;
  const projects = useMemo(
    () => arrange(environments ?? NONE, { text, state, projectId }),
    [environments, text, state, projectId],
  );
  usePaletteActions(actionsOf(filter));
  return (
    <Page title="Overview" answer={summary && <AnswerLine of={answerOf(summary)} />}>
      {error !== null && <Failed error={error} again={again} />}
      {environments === undefined && error === null && <Loading what="the environments" rows={6} />}
      {environments?.length === 0 && <FirstEnvironment />}
      {environments !== undefined && environments.length > 0 && summary !== undefined && (
        <>
          <QuotaNotice />
          <NeedsYou environments={environments} summary={summary} known={known} />
          <RunningNow known={known} />
          <section aria-labelledby="environments" className="flex flex-col gap-3">
            <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
              <div className="flex flex-wrap items-baseline gap-x-5 gap-y-1">
                <h2 id="environments" className="text-base">
                  Environments{' '}
                  <span role="status" className="numbers ml-1 text-sm font-normal text-soft">
                    {howMany(environments.length, total, projects)}
                  </span>
                </h2>
                <DayLegend />
              </div>
              <EnvironmentFilter filter={filter} environments={environments} />
            </div>
            {projects.length === 0 ? (
              <Empty title="No environment is like that">
                <Button size="small" onClick={filter.clear}>
                  Show all
                </Button>
              </Empty>
            ) : (
              <EnvironmentList projects={projects} />
            )}
          </section>
        </>
      )}
    </Page>
  );
}

function howMany(here: number, total: number, projects: ReturnType<typeof arrange>): string {
  const shown = projects.reduce((sum, { environments }) => sum + environments.length, 0);
  if (here < total) return `${count(shown)}, loading ${count(here)} of ${count(total)}…`;
  return shown === here ? count(here) : `${count(shown)} of ${count(here)}`;
}

function actionsOf(filter: Filter) {
  return [
    { label: 'Show what is not protected', run: () => filter.choose({ state: 'unprotected' }) },
    { label: 'Show what is overdue', run: () => filter.choose({ state: 'late' }) },
    ...(filter.isOn ? [{ label: 'Show all environments', run: filter.clear }] : []),
  ];
}
