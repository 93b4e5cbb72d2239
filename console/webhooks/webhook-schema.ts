import { z } from '../ui/schema.js';
import type { Webhook, WebhookCreate, WebhookEventFilter } from '../../sdk/typescript/index.js';
import { EVERY_EVENT } from './event-words.js';

/** The limits of the contract, in sentences for people. What depends on the service, such as which hosts it allows, the service says. */
export const webhookSchema = z
  .object({
    url: z
      .string()
      .trim()
      .min(1, 'Where are events to be sent?')
      .max(2000, 'It may have 2,000 characters at most.')
      .regex(
        /^https?:\/\/[^\s/?#@]+([/?][^\s#]*)?$/,
        'It must be a URL that begins with https://, without user, password and #.',
      )
      .refine((url) => URL.canParse(url), 'It must be a URL with a host that can be.'),
    description: z
      .string()
      .max(200, 'It may have 200 characters at most.')
      .regex(/^\P{Cc}*$/u, 'It must have no line breaks and no control characters.'),
    isEvery: z.boolean(),
    events: z.array(z.string()).max(20, 'At most 20 types can be named.'),
    isWhole: z.boolean(),
    environmentIds: z.array(z.string()).max(100, 'At most 100 environments can be named.'),
  })
  .refine(({ isEvery, events }) => isEvery || events.length > 0, {
    path: ['events'],
    message: 'Name one type of events at least.',
  })
  .refine(({ isWhole, environmentIds }) => isWhole || environmentIds.length > 0, {
    path: ['environmentIds'],
    message: 'Name one environment at least.',
  });

export type WebhookValues = z.infer<typeof webhookSchema>;

export function valuesOf(webhook: Webhook | undefined): WebhookValues {
  const events = webhook?.events ?? [EVERY_EVENT];
  return {
    url: webhook?.url ?? '',
    description: webhook?.description ?? '',
    isEvery: events.includes(EVERY_EVENT),
    events: events.filter((type) => type !== EVERY_EVENT),
    isWhole: (webhook?.environmentIds ?? null) === null,
    environmentIds: webhook?.environmentIds ?? [],
  };
}

export function bodyOf({ url, description, isEvery, events, isWhole, environmentIds }: WebhookValues): WebhookCreate {
  return {
    url: url.trim(),
    events: isEvery ? [EVERY_EVENT] : (events as WebhookEventFilter[]),
    environmentIds: isWhole ? null : environmentIds,
    description: description === '' ? null : description,
  };
}
