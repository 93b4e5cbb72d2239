import type { WebhookEventFilter, WebhookEventType } from '../../sdk/typescript/index.js';

/** What has happened, when an event of this type is sent. */
export const EVENT_WORDS: Record<WebhookEventType, string> = {
  'snapshot.completed': 'A snapshot was completed',
  'snapshot.failed': 'A snapshot failed',
  'snapshot.refuted': 'It was found that a snapshot does not come back',
  'snapshot.deleted': 'A snapshot was deleted',
  'rollback.started': 'A rollback began',
  'rollback.completed': 'A rollback was completed',
  'rollback.failed': 'A rollback failed',
  'rollback.reverted': 'A rollback was reverted: the old state is in place again',
  'rollback.undone': 'A rollback was undone',
  'gate.opened': 'The gate of a deployment opened',
  'gate.closed': 'The gate of a deployment closed',
  'environment.attention': 'An operation needs a person',
  test: 'A test',
};

/** Those that one can name: a test comes to every webhook. */
export const NAMED_EVENTS = (Object.keys(EVENT_WORDS) as WebhookEventType[]).filter((type) => type !== 'test');

export const EVERY_EVENT = '*' satisfies WebhookEventFilter;

/** In a few words, for a list. */
export function eventsInWords(events: readonly WebhookEventFilter[]): string {
  if (events.includes(EVERY_EVENT)) return 'every event';
  return events.length === 1 ? (events[0] ?? '') : `${events.length} types of events`;
}
