import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { operationsListOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { EnvironmentProtection, Operation, ProtectionSummary } from '../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { OperationActions } from '../attention/operation-actions.js';
import { Badge } from '../ui/badge.js';
import { Card } from '../ui/card.js';
import { Failed } from '../ui/failed.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { PROTECTION } from '../ui/words.js';
import { AboutOperation } from './about-operation.js';
import { namesOf, type KnownEnvironments } from './known-environments.js';
import { TakeSnapshot } from './take-snapshot.js';
import { useBeingTaken } from './use-operations.js';

/** More of a kind are a click away: a list of a hundred helps nobody to begin. */
const SHOWN = 4;

interface NeedsYouProps {
  /** Those that need somebody first. */
  environments: readonly EnvironmentProtection[];
  summary: ProtectionSummary;
  known: KnownEnvironments;
}

/** What waits for a person, each with what would help. Nothing when nothing does. */
export function NeedsYou({ environments, summary, known }: NeedsYouProps) {
  const { data, error, refetch } = useQuery({
    ...operationsListOptions({ client, query: { state: 'attention', limit: SHOWN } }),
    refetchInterval: LIST_REFRESH_MS,
  });
  const taken = useBeingTaken();
  const endangered = environments.filter(({ state }) => state === 'unprotected' || state === 'late');
  const operations = data?.items ?? [];
  if (error !== null) return <Failed error={error} again={() => void refetch()} />;
  if (endangered.length === 0 && operations.length === 0) return null;
  const moreOperations = (data?.total ?? 0) - operations.length;
  return (
    <Card title="Needs you" flush>
      <ul>
        {operations.map((operation) => (
          <AttentionItem key={operation.id} of={operation} known={known} />
        ))}
        {moreOperations > 0 && (
          <More>
            <Link to="/operations" search={{ state: 'attention' }} className={linkLook}>
              {moreOperations === 1 ? 'One more operation needs' : `${moreOperations} more operations need`} somebody
            </Link>
          </More>
        )}
        {endangered.slice(0, SHOWN).map((environment) => (
          <EndangeredItem
            key={environment.environmentId}
            of={environment}
            isBeingTaken={taken.has(environment.environmentId)}
          />
        ))}
        {endangered.length > SHOWN && (
          <More>
            {(['unprotected', 'late'] as const)
              .map((state) => [state, state === 'late' ? summary.lateCount : summary.unprotectedCount] as const)
              .filter(([, amount]) => amount > 0)
              .map(([state, amount]) => (
                <Link key={state} to="/" search={{ state }} className={`${linkLook} mr-4`}>
                  All {amount} that are {PROTECTION[state].text}
                </Link>
              ))}
          </More>
        )}
      </ul>
    </Card>
  );
}

function AttentionItem({ of, known }: { of: Operation; known: KnownEnvironments }) {
  return (
    <Item actions={<OperationActions operation={of} names={namesOf(known)} />} tone="text-bad">
      <p>
        <AboutOperation of={of} known={known} />
        <span className="ml-2 text-soft">
          since <Moment at={of.since} />
          {of.tryCount > 0 && `, tried ${of.tryCount === 1 ? 'once' : `${of.tryCount} times`}`}
        </span>
      </p>
      {of.reason !== null && <p>{of.reason.message}</p>}
      {of.help !== null && <p className="text-soft">{of.help}</p>}
    </Item>
  );
}

function EndangeredItem({ of, isBeingTaken }: { of: EnvironmentProtection; isBeingTaken: boolean }) {
  const { projectId, environmentId, state, since, reason } = of;
  const { text, tone, about } = PROTECTION[state];
  return (
    <Item
      actions={<TakeSnapshot of={of} isBeingTaken={isBeingTaken} />}
      tone={tone === 'bad' ? 'text-bad' : 'text-warn'}
    >
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Link
          to="/projects/$projectId/environments/$environmentId"
          params={{ projectId, environmentId }}
          className={`${linkLook} font-medium wrap-anywhere`}
        >
          {of.projectName} / {of.environmentName}
        </Link>
        <Badge tone={tone}>{text}</Badge>
        {since !== null && (
          <span className="text-soft">
            since <Moment at={since} />
          </span>
        )}
      </p>
      <p>{reason?.message ?? about}</p>
    </Item>
  );
}

function Item({ tone, actions, children }: { tone: string; actions: ReactNode; children: ReactNode }) {
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 border-t px-4 py-3 text-sm">
      <div className="flex min-w-0 flex-1 basis-80 gap-3">
        <TriangleAlert aria-hidden className={`mt-0.5 size-4 shrink-0 ${tone}`} />
        <div className="flex min-w-0 flex-col gap-0.5">{children}</div>
      </div>
      <div className="flex flex-wrap items-center gap-2 max-sm:pl-7">{actions}</div>
    </li>
  );
}

function More({ children }: { children: ReactNode }) {
  return <li className="border-t px-4 py-2.5 pl-11 text-sm">{children}</li>;
}
