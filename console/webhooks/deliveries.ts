import { useQuery } from '@tanstack/react-query';
import { webhookDeliveryListOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { WebhookDelivery } from '../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';

/** How soon it is looked again at what was only just sent. */
const SENDING_REFRESH_MS = 1_500;

/** How often to look: what was not tried yet arrives within moments. */
export function refreshOf(newest: WebhookDelivery | undefined): number {
  return newest?.status === 'pending' && newest.attemptCount === 0 ? SENDING_REFRESH_MS : LIST_REFRESH_MS;
}

/** The newest thing it was told, or is to be; null when there is none, undefined until that is known. */
export function useNewestDelivery(webhookId: string): WebhookDelivery | null | undefined {
  const { data } = useQuery({
    ...webhookDeliveryListOptions({ client, path: { webhookId }, query: { limit: 1 } }),
    refetchInterval: ({ state }) => refreshOf(state.data?.items[0]),
  });
  return data && (data.items[0] ?? null);
}

/** What came of the last try, as a receiver answered it. */
export function answerOf({ lastAttempt, attemptCount }: WebhookDelivery): string {
  if (lastAttempt === null) return attemptCount === 0 ? 'not tried yet' : '';
  if (lastAttempt.finding !== null) return lastAttempt.finding.message;
  return lastAttempt.status === null ? 'no answer' : `HTTP ${lastAttempt.status}`;
}
