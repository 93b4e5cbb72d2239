import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { watchSnapshot } from '../../sdk/typescript/progress.js';
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
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return connect({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'token' });
}

function sendEvent(response: ServerResponse, id: number): void {
  const data = { snapshotId: path.snapshotId, status: 'running', percent: id, final: id === EVENTS };
  response.write(`event: snapshot-progress\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
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
      for await (const event of watchSnapshot(client, path)) void event;
    })();
    await expect(watching).rejects.toMatchObject({ name: 'SnapbackError', code: 'no-answer' });
  });
});
