import type { Webhook, WebhookDelivery, WebhookState } from '../contract/generated/types.gen.js';
import type { WebhookDeliveryEntity } from './delivery/webhook-delivery.entity.js';
import type { WebhookEntity } from './subscriptions/webhook.entity.js';

/** What is shown with a webhook and nobody changes: the properties of `besides`. */
export const BESIDE = ['state', 'firstFailedAt', 'previousSecretUntil'] as const;

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

export function toWebhookDto(row: WebhookEntity, now: Date): Webhook {
  return { ...changeable(row), ...besides(row, now) };
}

/** As `If-Match` compares it. */
export function changeable(row: WebhookEntity): Omit<Webhook, (typeof BESIDE)[number]> {
  return {
    id: row.id,
    projectId: row.projectId,
    url: row.url,
    events: row.events,
    environmentIds: row.environmentIds,
    description: row.description,
    enabled: row.enabled,
    disabledBecause: row.disabledBecause,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** As the audit tells it: a URL may have a token in its path or query. */
export function auditedWebhook(row: WebhookEntity): object {
  const { protocol, host } = new URL(row.url);
  return { ...changeable(row), url: `${protocol}//${host}` };
}

/** What an entry of the audit is about. */
export function aboutWebhook({ id, projectId }: WebhookEntity) {
  return { subject: ['webhook', id], projectId } as const;
}

function besides(row: WebhookEntity, now: Date): Pick<Webhook, (typeof BESIDE)[number]> {
  const { previousSecretUntil: until } = row;
  return {
    state: stateOf(row),
    firstFailedAt: time(row.firstFailedAt),
    previousSecretUntil: until !== null && until > now ? until.toISOString() : null,
  };
}

function stateOf({ enabled, firstFailedAt }: WebhookEntity): WebhookState {
  if (!enabled) return 'disabled';
  return firstFailedAt === null ? 'active' : 'failing';
}

export function toDeliveryDto(row: WebhookDeliveryEntity): WebhookDelivery {
  return {
    id: row.id,
    webhookId: row.webhookId,
    eventId: row.eventId,
    eventType: row.eventType,
    environmentId: row.environmentId,
    status: row.status,
    attemptCount: row.attempts,
    nextAttemptAt: time(row.nextAttemptAt),
    lastAttempt: row.lastAttempt,
    deliveredAt: time(row.deliveredAt),
    createdAt: row.createdAt.toISOString(),
  };
}
