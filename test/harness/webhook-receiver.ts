import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook as Verifier } from 'standardwebhooks';
import { checkWebhookEvent } from './contract-check.js';
import { madeUpSecret } from './secret-mark.js';
import { waitUntil } from '../e2e/wait-until.js';

/** What a webhook was sent. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  /** As it came. */
  body: string;
  id: string;
  event: { type: string; subject: string; source: string; id: string; data: Record<string, unknown> };
}

type Behaviour = (response: ServerResponse, received: Received) => void;

/** Somebody who is told, on a port of this machine. Each path is a receiver of its own, which answers 204 unless told otherwise. */
export interface WebhookReceiver {
  port: number;
  /** With a token in it, which must stand in no log. */
  urlOf(path: string): string;
  /** What came there so far. */
  at(path: string): Received[];
  /** What came there, once it is so many. */
  waitFor(path: string, count: number, seconds?: number): Promise<Received[]>;
  /** How a path answers from here on. */
  behave(path: string, behaviour: Behaviour): void;
  close(): Promise<void>;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const behaviours = new Map<string, Behaviour>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const [path = ''] = (request.url ?? '').split('?');
      const event = JSON.parse(body) as Received['event'];
      const one = { path, headers: request.headers, body, id: String(request.headers['webhook-id']), event };
      received.push(one);
      const behaviour = behaviours.get(path);
      if (behaviour === undefined) response.writeHead(204).end();
      else behaviour(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const at = (path: string) => received.filter((one) => one.path === path);
  return {
    port,
    urlOf: (path) => `http://127.0.0.1:${port}${path}?token=${madeUpSecret()}`,
    at,
    waitFor: (path, count, seconds = 20) =>
      waitUntil(`${path} was told ${count} times`, () => at(path).length >= count && at(path), { seconds }),
    behave: (path, behaviour) => void behaviours.set(path, behaviour),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Throws unless it is an event of the contract, signed with this secret. */
export function checkReceived({ headers, body, event }: Received, secret: string): void {
  new Verifier(secret).verify(body, headers as Record<string, string>);
  checkWebhookEvent(event);
  if (headers['webhook-id'] !== event.id) throw new Error('The id of the event is not that of the message.');
  if (!String(headers['content-type']).startsWith('application/cloudevents+json'))
    throw new Error('It is no CloudEvent.');
}
