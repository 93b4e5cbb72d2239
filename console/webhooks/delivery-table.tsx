import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { Webhook, WebhookDelivery } from '../../sdk/typescript/index.js';
import { exact } from '../ui/amounts.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { DataTable, type Column } from '../ui/data-table.js';
import { Facts } from '../ui/facts.js';
import { linkLook } from '../ui/link.js';
import { Moment, OWN_ZONE } from '../ui/moment.js';
import { ShortId } from '../ui/short-id.js';
import { DELIVERY_STATUS } from '../ui/words.js';
import { answerOf } from './deliveries.js';
import { EVENT_WORDS } from './event-words.js';

interface DeliveryTableProps {
  webhook: Webhook;
  deliveries: WebhookDelivery[];
  total: number;
  onEnd: (() => void) | undefined;
  /** Why nothing can be delivered anew. */
  whyNot: string | undefined;
  /** Which one is being sent anew. */
  sending: string | undefined;
  redeliver: (delivery: WebhookDelivery) => void;
}

export function DeliveryTable({ webhook, deliveries, total, onEnd, ...means }: DeliveryTableProps) {
  const [opened, setOpened] = useState<string>();
  const turn = (id: string) => setOpened((before) => (before === id ? undefined : id));
  return (
    <DataTable
      label="Deliveries"
      columns={columnsOf(opened, turn, means)}
      rows={deliveries}
      keyOf={({ id }) => id}
      total={total}
      onEnd={onEnd}
      detail={openedOf(opened, webhook.projectId)}
    />
  );
}

function columnsOf(
  opened: string | undefined,
  turn: (id: string) => void,
  { whyNot, sending, redeliver }: Pick<DeliveryTableProps, 'whyNot' | 'sending' | 'redeliver'>,
): Column<WebhookDelivery>[] {
  return [
    {
      name: 'Event',
      width: 'minmax(12rem, 1.6fr)',
      cell: ({ id, eventType }) => (
        <button
          type="button"
          onClick={() => turn(id)}
          aria-expanded={opened === id}
          className="flex min-w-0 items-start gap-1 rounded-small text-left hover:text-accent"
        >
          <ChevronRight
            aria-hidden
            className={`mt-0.5 size-4 shrink-0 transition-transform ${opened === id ? 'rotate-90' : ''}`}
          />
          <span className="min-w-0">
            {EVENT_WORDS[eventType] ?? eventType}
            <code className="block font-mono text-xs font-normal text-soft">{eventType}</code>
          </span>
        </button>
      ),
    },
    { name: 'Happened', width: '8.5rem', cell: ({ createdAt }) => <Moment at={createdAt} /> },
    {
      name: 'Status',
      width: '6.5rem',
      cell: ({ status }) => <Badge tone={DELIVERY_STATUS[status].tone}>{DELIVERY_STATUS[status].text}</Badge>,
    },
    { name: 'Tries', width: '3.5rem', align: 'right', cell: ({ attemptCount }) => attemptCount },
    {
      name: 'Answer',
      width: 'minmax(9rem, 1.6fr)',
      cell: (delivery) => (
        <span className="block truncate" title={answerOf(delivery)}>
          {answerOf(delivery)}
        </span>
      ),
    },
    {
      name: 'Again',
      width: '8.5rem',
      align: 'right',
      cell: (delivery) => (
        <Button
          size="small"
          {...(whyNot !== undefined && { reason: whyNot })}
          busy={sending === delivery.id}
          aria-label={`Deliver anew: ${delivery.eventType}`}
          onClick={() => redeliver(delivery)}
        >
          Deliver anew
        </Button>
      ),
    },
  ];
}

const openedOf = (opened: string | undefined, projectId: string) => (delivery: WebhookDelivery) =>
  opened === delivery.id ? <OpenedDelivery of={delivery} projectId={projectId} /> : undefined;

function OpenedDelivery({ of: delivery, projectId }: { of: WebhookDelivery; projectId: string }) {
  const { id, eventId, environmentId, status, nextAttemptAt, deliveredAt, lastAttempt } = delivery;
  return (
    <div className="mt-2 rounded-box bg-sunken p-4">
      <Facts
        of={{
          Status: DELIVERY_STATUS[status].about,
          'Last try':
            lastAttempt === null
              ? 'none yet'
              : `${exact(new Date(lastAttempt.at), OWN_ZONE)}: ${lastAttempt.status === null ? 'no answer' : `HTTP ${lastAttempt.status}`}`,
          ...(lastAttempt?.finding && {
            'What was wrong': (
              <>
                {lastAttempt.finding.message}{' '}
                <code className="font-mono text-xs text-soft">{lastAttempt.finding.code}</code>
              </>
            ),
          }),
          ...(nextAttemptAt !== null && { 'Tried again': <Moment at={nextAttemptAt} /> }),
          ...(deliveredAt !== null && { Arrived: <Moment at={deliveredAt} /> }),
          Environment:
            environmentId === null ? (
              'none: somebody asked for a test'
            ) : (
              <Link
                to="/projects/$projectId/environments/$environmentId"
                params={{ projectId, environmentId }}
                className={linkLook}
              >
                {environmentId.slice(0, 8)}
              </Link>
            ),
          'webhook-id': <ShortId id={eventId} />,
          Delivery: <ShortId id={id} />,
        }}
      />
    </div>
  );
}
