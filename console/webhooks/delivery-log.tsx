import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { webhookDeliveryListInfiniteOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Webhook, WebhookDelivery, WebhookDeliveryStatus } from '../../sdk/typescript/index.js';
import { byCursorOf, itemsOf, nextOf, PAGE_LIMIT, totalOf } from '../api/pages.js';
import { client, snapback } from '../api/snapback.js';
import { useWhyNot } from '../session/use-access.js';
import { Card } from '../ui/card.js';
import { Empty } from '../ui/empty.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Select } from '../ui/select.js';
import { useTell } from '../ui/toasts.js';
import { DELIVERY_STATUS } from '../ui/words.js';
import { refreshOf } from './deliveries.js';
import { DeliveryTable } from './delivery-table.js';

const STATUSES = [
  { value: '', label: 'All deliveries' },
  ...Object.entries(DELIVERY_STATUS).map(([value, { text }]) => ({ value, label: `Only ${text}` })),
];
/** Who has gone back so far reads, and does not wait for what is new. */
const MOST_REFRESHED = 3;

/** What a webhook was told, or is to be, newest first. */
export function DeliveryLog({ webhook }: { webhook: Webhook }) {
  const { id: webhookId, enabled } = webhook;
  const queries = useQueryClient();
  const tell = useTell();
  const [status, setStatus] = useState<WebhookDeliveryStatus | ''>('');
  const path = { webhookId };
  const found = useInfiniteQuery({
    ...webhookDeliveryListInfiniteOptions({
      client,
      path,
      query: { limit: PAGE_LIMIT, ...(status !== '' && { status }) },
    }),
    ...byCursorOf(path),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && data.pages.length > MOST_REFRESHED ? false : refreshOf(data?.pages[0]?.items[0]),
  });
  const again = useMutation({
    mutationFn: ({ id }: WebhookDelivery) => snapback.webhooks.redeliver(webhookId, id),
    onSuccess: ({ eventType }) => {
      tell(`The ${eventType} is on its way again.`);
      void queries.invalidateQueries();
    },
  });
  const disabled = enabled ? undefined : 'The webhook is disabled, and is told nothing; enable it first.';
  const whyNot = useWhyNot()('webhooks:write') ?? disabled;
  const deliveries = itemsOf<WebhookDelivery>(found.data);
  const query = status === '' ? '' : `?status=${status}`;
  return (
    <Card
      title="Deliveries"
      flush
      aside={
        <Equivalents
          of={{
            command: `snapback webhooks deliveries ${webhookId}${status === '' ? '' : ` --status ${status}`}`,
            method: 'GET',
            path: `/webhooks/${webhookId}/deliveries${query}`,
          }}
        />
      }
    >
      <div className="flex flex-col gap-3 px-4 pb-4">
        <div className="max-w-60">
          <Select
            label="Which"
            value={status}
            choices={STATUSES}
            onChoose={(value) => setStatus(value as WebhookDeliveryStatus | '')}
          />
        </div>
        {found.error !== null && <Failed error={found.error} again={() => void found.refetch()} />}
        {again.error !== null && <Failed error={again.error} />}
        {found.data === undefined && found.error === null && <Loading what="the deliveries" />}
        {found.data !== undefined && deliveries.length === 0 && (
          <Empty title={status === '' ? 'It was told nothing yet' : 'There is none like that'}>
            Deliveries are kept for 30 days, unless the service is told otherwise.
          </Empty>
        )}
      </div>
      {deliveries.length > 0 && (
        <DeliveryTable
          webhook={webhook}
          deliveries={deliveries}
          total={totalOf(found.data)?.total ?? deliveries.length}
          onEnd={nextOf(found)}
          whyNot={whyNot}
          sending={again.isPending ? again.variables.id : undefined}
          redeliver={(delivery) => again.mutate(delivery)}
        />
      )}
    </Card>
  );
}
