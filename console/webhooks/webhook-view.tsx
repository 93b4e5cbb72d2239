import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { webhookViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Webhook } from '../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { useEnvironmentsOf, useProjects } from '../projects/use-projects.js';
import { useMay } from '../session/use-access.js';
import { Card } from '../ui/card.js';
import { Facts } from '../ui/facts.js';
import { Failed } from '../ui/failed.js';
import { linkLook } from '../ui/link.js';
import { Loading } from '../ui/loading.js';
import { Moment } from '../ui/moment.js';
import { Notice } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { useNewestDelivery } from './deliveries.js';
import { DeliveryLog } from './delivery-log.js';
import { EVENT_WORDS, EVERY_EVENT } from './event-words.js';
import { HiddenUrl, hostOf } from './hidden-url.js';
import { WebhookActions } from './webhook-actions.js';
import { WebhookState } from './webhook-table.js';

const route = getRouteApi('/webhooks');

/** Does it arrive? */
export function WebhookView({ webhookId }: { webhookId: string }) {
  const navigate = route.useNavigate();
  const { project } = route.useSearch();
  const { data, error, refetch } = useQuery({
    ...webhookViewOptions({ client, path: { webhookId } }),
    refetchInterval: LIST_REFRESH_MS,
    enabled: useMay('webhooks:read'),
  });
  const projectId = data?.projectId ?? project;
  const projectName = useProjects().all.find(({ id }) => id === projectId)?.name;
  const back = projectId === undefined ? {} : { project: projectId };
  return (
    <Page
      title={data === undefined ? 'Webhook' : hostOf(data.url)}
      path={
        <Link to="/webhooks" search={back} className={linkLook}>
          Webhooks{projectName === undefined ? '' : ` of ${projectName}`}
        </Link>
      }
      badges={data && <WebhookState of={data} />}
      answer={data && <Answer of={data} />}
      actions={data && <WebhookActions webhook={data} onDeleted={() => void navigate({ search: back })} />}
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Loading what="the webhook" rows={5} />}
      {data?.disabledBecause && (
        <Notice tone="warn" title="The service has disabled it.">
          {data.disabledBecause.message}
        </Notice>
      )}
      {data !== undefined && (
        <>
          <About webhook={data} />
          <DeliveryLog key={data.id} webhook={data} />
        </>
      )}
    </Page>
  );
}

function Answer({ of: { id, state, firstFailedAt, disabledBecause } }: { of: Webhook }): ReactNode {
  const newest = useNewestDelivery(id);
  if (state === 'disabled')
    return disabledBecause === null ? 'Somebody has disabled it: it is told nothing.' : 'It is told nothing.';
  if (state === 'failing')
    return (
      <>
        Nothing has arrived since it failed <Moment at={firstFailedAt} />
        {newest?.nextAttemptAt != null && (
          <>
            ; it is tried again <Moment at={newest.nextAttemptAt} />
          </>
        )}
        .
      </>
    );
  if (newest === undefined) return undefined;
  if (newest === null) return 'It was told nothing yet. A test shows whether it arrives.';
  if (newest.deliveredAt === null) return 'The last event is on its way.';
  return (
    <>
      What was sent last arrived <Moment at={newest.deliveredAt} />.
    </>
  );
}

function About({ webhook }: { webhook: Webhook }) {
  const { url, events, environmentIds, description, previousSecretUntil, createdAt, updatedAt, projectId } = webhook;
  const names = new Map(useEnvironmentsOf(projectId).all.map(({ id, name }) => [id, name]));
  return (
    <Card title="What it is told, and where">
      <Facts
        of={{
          URL: <HiddenUrl url={url} />,
          ...(description !== null && { 'What it is for': description }),
          Events: events.includes(EVERY_EVENT) ? (
            'every one, those of later versions included'
          ) : (
            <ul>
              {events.map((type) => (
                <li key={type}>{type === EVERY_EVENT ? 'every one' : (EVENT_WORDS[type] ?? type)}</li>
              ))}
            </ul>
          ),
          In:
            environmentIds === null
              ? 'all environments of the project'
              : environmentIds.map((id) => names.get(id) ?? id.slice(0, 8)).join(', '),
          Secret:
            previousSecretUntil === null ? (
              'one, which is not shown again'
            ) : (
              <>
                two are valid; the old one ends <Moment at={previousSecretUntil} />
              </>
            ),
          Created: <Moment at={createdAt} />,
          Changed: <Moment at={updatedAt} />,
        }}
      />
    </Card>
  );
}
