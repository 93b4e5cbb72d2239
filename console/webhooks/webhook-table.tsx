import { Link } from '@tanstack/react-router';
import type { Webhook } from '../../sdk/typescript/index.js';
import { Badge } from '../ui/badge.js';
import { DataTable, type Column } from '../ui/data-table.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { WithTooltip } from '../ui/tooltip.js';
import { DELIVERY_STATUS, WEBHOOK_STATE } from '../ui/words.js';
import { useNewestDelivery } from './deliveries.js';
import { eventsInWords } from './event-words.js';
import { hostOf } from './hidden-url.js';

const COLUMNS: readonly Column<Webhook>[] = [
  {
    name: 'Webhook',
    width: 'minmax(12rem, 2fr)',
    cell: ({ id, projectId, url, description }) => (
      <span className="flex min-w-0 flex-col">
        <Link to="/webhooks" search={{ project: projectId, webhook: id }} className={`${linkLook} truncate`}>
          {hostOf(url)}
        </Link>
        {description !== null && (
          <span className="truncate font-normal text-soft" title={description}>
            {description}
          </span>
        )}
      </span>
    ),
  },
  { name: 'State', width: '6.5rem', cell: (webhook) => <WebhookState of={webhook} /> },
  {
    name: 'Events',
    width: 'minmax(8rem, 1fr)',
    cell: ({ events }) => (
      <span className="block truncate" title={events.join(', ')}>
        {eventsInWords(events)}
      </span>
    ),
  },
  {
    name: 'In',
    width: 'minmax(7rem, 0.8fr)',
    cell: ({ environmentIds }) =>
      environmentIds === null
        ? 'all environments'
        : `${environmentIds.length} ${environmentIds.length === 1 ? 'environment' : 'environments'}`,
  },
  { name: 'Last delivery', width: 'minmax(10rem, 1.2fr)', cell: ({ id }) => <LastDelivery webhookId={id} /> },
];

export function WebhookTable({ webhooks, onEnd }: { webhooks: Webhook[]; onEnd: (() => void) | undefined }) {
  return <DataTable label="Webhooks" columns={COLUMNS} rows={webhooks} keyOf={({ id }) => id} onEnd={onEnd} />;
}

export function WebhookState({ of: { state, disabledBecause } }: { of: Webhook }) {
  const { text, tone, about } = WEBHOOK_STATE[state];
  return (
    <WithTooltip text={disabledBecause?.message ?? about}>
      <span tabIndex={0} className="rounded-full">
        <Badge tone={tone}>{text}</Badge>
      </span>
    </WithTooltip>
  );
}

function LastDelivery({ webhookId }: { webhookId: string }) {
  const newest = useNewestDelivery(webhookId);
  if (newest === undefined) return <span className="text-soft">…</span>;
  if (newest === null) return <span className="text-soft">none yet</span>;
  const { text, tone } = DELIVERY_STATUS[newest.status];
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <Badge tone={tone}>{text}</Badge>
      <Moment at={newest.lastAttempt?.at ?? newest.createdAt} />
    </span>
  );
}
