import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { watchSnapshot } from '../../sdk/typescript/streams/watch.js';
import { waitUntil } from './wait-until.js';

const path = {
  environmentId: '5f2a1f0e-7a52-4b43-9c43-5d7d0b7f5b11',
  snapshotId: '9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03',
};
/** More than there are attempts in a row. */
const EVENTS = 8;

const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** What stands between a client and the service on a bad day. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  token: string | (() => string) = 'token',
) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return connect({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token });
}

function sendEvent(response: ServerResponse, id: number): void {
  const data = { snapshotId: path.snapshotId, status: 'running', percent: id, final: id === EVENTS };
  response.write(`event: snapshot-progress\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
}

function sendExpired(response: ServerResponse, id: number): void {
  const data = { code: 'token-expired', message: 'The token has expired.' };
  response.end(`event: token-expired\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
}

function refuse(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
  response.end(JSON.stringify({ type: `urn:snapback:problem:${code}`, title: code, status, code, detail: code }));
}

describe.concurrent('the client of a progress stream', () => {
  it.each([
    ['ends', (response: ServerResponse) => response.end()],
    ['is cut', (response: ServerResponse) => response.destroy()],
  ])(
    'comes back as often as its connection %s, and misses nothing',
    async (_, end) => {
      const client = await serve((request, response) => {
        const last = Number(request.headers['last-event-id'] ?? 0);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        sendEvent(response, last + 1);
        // The bytes have to leave before the connection does.
        setTimeout(() => end(response), 5);
      });
      const percents: number[] = [];
      for await (const { percent } of watchSnapshot(client, path)) percents.push(percent);
      expect(percents).toEqual(Array.from({ length: EVENTS }, (_, at) => at + 1));
    },
    40_000,
  );

  it('closes its connection when nobody wants to see more', async () => {
    let open = 0;
    const client = await serve((_, response) => {
      open += 1;
      response.on('close', () => (open -= 1));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      sendEvent(response, 1);
    });
    for await (const event of watchSnapshot(client, path)) if (event.percent === 1) break;
    const closed = waitUntil('it is closed', () => open === 0, { seconds: 3 });
    await expect(closed).resolves.toBe(true);
  });

  it('gives up on a service that does not answer', async () => {
    const client = await serve((_, response) => void response.destroy());
    const watching = (async () => {
      for await (const event of watchSnapshot(client, path, { reconnectMs: 1000 })) void event;
    })();
    await expect(watching).rejects.toMatchObject({ name: 'NoAnswerError', status: undefined });
  });

  it('goes on with a fresh token when its own has expired, and shows nobody that', async () => {
    const tokens: unknown[] = [];
    let minted = 0;
    const client = await serve(
      (request, response) => {
        tokens.push(request.headers.authorization);
        const last = Number(request.headers['last-event-id'] ?? 0);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        sendEvent(response, last + 1);
        if (last + 1 < EVENTS) sendExpired(response, last + 1);
      },
      () => `token-${(minted += 1)}`,
    );
    const events: object[] = [];
    for await (const event of watchSnapshot(client, path)) events.push(event);
    expect(events.map((event) => (event as { percent: number }).percent)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(tokens).toEqual(Array.from({ length: EVENTS }, (_, at) => `Bearer token-${at + 1}`));
  });

  it('says that its token is refused when it has no other', async () => {
    let asked = 0;
    const client = await serve((_, response) => {
      asked += 1;
      if (asked > 1) return refuse(response, 401, 'unauthenticated');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      sendEvent(response, 1);
      sendExpired(response, 1);
    });
    const watching = (async () => {
      for await (const event of watchSnapshot(client, path)) void event;
    })();
    await expect(watching).rejects.toMatchObject({ name: 'SnapbackError', code: 'unauthenticated' });
    expect(asked).toBe(2);
  });

  it('does not ask for ever with tokens that are always expired', async () => {
    let asked = 0;
    const client = await serve(
      (_, response) => {
        asked += 1;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        sendExpired(response, 1);
      },
      () => 'never any good',
    );
    const watching = watchSnapshot(client, path, { reconnectMs: 1000 }).next();
    await expect(watching).rejects.toMatchObject({ name: 'NoAnswerError' });
    expect(asked).toBeLessThan(8);
  });

  it('throws what the function that brings tokens throws', async () => {
    const reason = new TypeError('nobody is logged in');
    const client = await serve(
      () => undefined,
      () => {
        throw reason;
      },
    );
    await expect(watchSnapshot(client, path).next()).rejects.toBe(reason);
  });

  it('makes another connection when nothing is heard, and none for as long as there are heartbeats', async () => {
    let asked = 0;
    const client = await serve((request, response) => {
      asked += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      // The first one is silent; the second one says for longer than that may be that it is there.
      if (asked === 1) return;
      const beating = setInterval(() => response.write(':\n\n'), 100);
      setTimeout(() => sendEvent(response, EVENTS), 1500);
      request.on('close', () => clearInterval(beating));
    });
    const events: number[] = [];
    for await (const { percent } of watchSnapshot(client, path, { idleMs: 500 })) events.push(percent);
    expect([events, asked]).toEqual([[EVENTS], 2]);
  });

  it('ends with the reason of whoever calls it off', async () => {
    const client = await serve((_, response) => void response.writeHead(200).flushHeaders());
    const cancelling = new AbortController();
    const reason = new Error('not wanted any more');
    const watching = watchSnapshot(client, path, { signal: cancelling.signal }).next();
    setTimeout(() => cancelling.abort(reason), 100);
    await expect(watching).rejects.toBe(reason);
  });

  it('waits as long as the service says when there are too many streams', async () => {
    const asked: number[] = [];
    const client = await serve((_, response) => {
      asked.push(Date.now());
      if (asked.length === 1) return refuse(response, 429, 'too-many-streams', { 'retry-after': '1' });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      sendEvent(response, EVENTS);
    });
    for await (const event of watchSnapshot(client, path)) void event;
    expect(asked).toHaveLength(2);
    expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(990);
  });
});
