import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** More than 32 bits hold, and than a floating-point number of that width tells from its neighbours. */
export const LARGE_BYTES = 3_000_000_000_123;

/** What a service says that is newer than the contract: a property and a value of an enumeration that it does not have. */
const SAID_LATER = { addedLater: true, trigger: 'announced_later' };

const SNAPSHOT = /^\/api\/v1\/environments\/[^/]+\/snapshots\/(?!estimate)[^/?]+$/;
const ROLLBACK = /^\/api\/v1\/environments\/[^/]+\/rollback$/;
/** Of one connection, which Java's client would have as HTTP/2, or of a body as it was before. */
const NOT_PASSED_ON = new Set([
  ...['host', 'connection', 'keep-alive', 'upgrade', 'http2-settings'],
  ...['content-length', 'transfer-encoding'],
]);

export interface MergingProxy {
  url: string;
  close(): Promise<void>;
}

/**
 * Stands before the service, and changes two things: each view of a snapshot says that its database has `LARGE_BYTES`, and before a
 * rollback is passed on, `beforeRollback` breaks its environment, so that there is something to roll back. With `newer` each view of a
 * snapshot says also what only a newer service would.
 */
export async function startMergingProxy(
  target: string,
  { newer, beforeRollback }: { newer: boolean; beforeRollback: () => Promise<void> },
): Promise<MergingProxy> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = request;
    if (method === 'POST' && ROLLBACK.test(url)) await beforeRollback();
    const body = await buffer(request);
    const sent = await fetch(new URL(url, target), {
      method,
      headers: passedOn(Object.entries(request.headers)),
      ...(body.length > 0 && { body }),
    });
    const text = Buffer.from(await sent.arrayBuffer());
    const isView = method === 'GET' && sent.status === 200 && SNAPSHOT.test(url);
    response.writeHead(sent.status, Object.fromEntries(passedOn([...sent.headers])));
    response.end(isView ? merged(text, { databaseBytes: LARGE_BYTES, ...(newer && SAID_LATER) }) : text);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function merged(body: Buffer, properties: object): string {
  return JSON.stringify({ ...JSON.parse(body.toString()), ...properties });
}

function passedOn(headers: readonly [string, unknown][]): [string, string][] {
  return headers.filter(([name]) => !NOT_PASSED_ON.has(name)).map(([name, value]) => [name, String(value)]);
}
