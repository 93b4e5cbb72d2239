import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { protectionListOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { EnvironmentProtection, ProtectionSummary } from '../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { Card } from '../ui/card.js';
import { Empty } from '../ui/empty.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Page } from '../ui/page.js';
import { EnvironmentTable } from './environment-table.js';

/** Am I protected? What is not, stands first. */
export function OverviewPage() {
  const { data, error, refetch } = useQuery({
    ...protectionListOptions({ client, query: { limit: 100 } }),
    refetchInterval: LIST_REFRESH_MS,
    placeholderData: keepPreviousData,
  });
  return (
    <Page title="Overview" answer={data && answerOf(data.summary)}>
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Loading what="the environments" rows={6} />}
      {data?.items.length === 0 && (
        <Empty title="There are no environments yet">
          An environment is one database and one filestore. <code>snapback env add</code> registers the first one.
        </Empty>
      )}
      {data !== undefined &&
        data.items.length > 0 &&
        byProject(data.items).map(([projectId, name, environments]) => (
          <Card key={projectId} title={name} flush>
            <EnvironmentTable label={`Environments of ${name}`} environments={environments} />
          </Card>
        ))}
    </Page>
  );
}

function answerOf({ unprotectedCount, lateCount, pausedCount, unscheduledCount, protectedCount }: ProtectionSummary) {
  const total = unprotectedCount + lateCount + pausedCount + unscheduledCount + protectedCount;
  const wrong = [
    [unprotectedCount, 'not protected'],
    [lateCount, 'overdue'],
    [pausedCount, 'paused'],
    [unscheduledCount, 'without a schedule'],
  ] as const;
  const said = wrong.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`);
  if (total === 0) return 'Nothing is registered.';
  if (said.length === 0)
    return total === 1 ? 'The one environment is protected.' : `All ${total} environments are protected.`;
  return `Of ${total} environments ${said.join(', ')}; the others are protected.`;
}

/** In the order in which each project comes first: those that need somebody. */
function byProject(items: readonly EnvironmentProtection[]): [id: string, name: string, EnvironmentProtection[]][] {
  return [...Map.groupBy(items, ({ projectId }) => projectId)].map(([id, environments]) => [
    id,
    environments[0]?.projectName ?? '',
    environments,
  ]);
}
