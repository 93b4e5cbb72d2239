import { snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { createTestEnvironment, type TestEnvironment } from '../harness/sample-environment.js';
import type { TestService } from '../harness/service.js';

/** A snapshot that stays queued, as no worker is there: its streams stay open until something else ends them. */
export interface WatchedSnapshot {
  id: string;
  place: TestEnvironment;
  /** The URL of its stream. */
  url: string;
}

export async function queuedSnapshot(service: TestService): Promise<WatchedSnapshot> {
  const client = service.client();
  const place = await createTestEnvironment(client, service.filestoreRoot);
  const path = { environmentId: place.environment.id };
  const { id } = await result(snapshotCreate({ client, path }));
  return { id, place, url: `${service.url}/api/v1/environments/${path.environmentId}/snapshots/${id}/progress` };
}

export interface OpenStream {
  response: Response;
  /** What has arrived so far. */
  text(): string;
  /** Resolves when the service has ended it. */
  ended: Promise<void>;
  close(): void;
}

/** Opens a stream; of one that is refused only the response is of use. */
export async function openStream(url: string, token: string, lastEventId?: string): Promise<OpenStream> {
  const connection = new AbortController();
  const response = await fetch(url, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: connection.signal,
  });
  let text = '';
  const ended = (async () => {
    if (response.status !== 200) return;
    for await (const bytes of response.body ?? []) text += Buffer.from(bytes).toString();
  })();
  ended.catch(() => undefined);
  return { response, text: () => text, ended, close: () => connection.abort() };
}

/** The events in what has arrived, without comments. */
export function eventsIn(text: string): { event: string; id: string; data: Record<string, unknown> }[] {
  return text
    .split('\n\n')
    .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string])))
    .filter(({ data }) => data !== undefined)
    .map(({ event = '', id = '', data = '' }) => ({ event, id, data: JSON.parse(data) as Record<string, unknown> }));
}
