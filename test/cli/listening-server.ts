import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ListeningServer {
  url: string;
  /** What it was sent, in the order in which it came. */
  readonly received: { path: string; headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

/** Answers like a service that has nothing, unless told otherwise, and remembers what it was sent. */
export async function startListeningServer(
  answer: (response: ServerResponse) => void = (response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ items: [], total: 0, totalIsLowerBound: false, limit: 1, offset: 0, nextCursor: null })),
): Promise<ListeningServer> {
  const received: ListeningServer['received'] = [];
  const server = createServer(({ url: path = '', headers }, response) => {
    received.push({ path, headers });
    answer(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
