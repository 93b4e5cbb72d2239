import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

/** What becomes of an answer, or of an event of a stream, on its way. */
export type Change = (body: unknown) => unknown;

export interface ChangedAnswers {
  url: string;
  close(): Promise<void>;
}

/** Stands before a service and changes what it answers: as one that is newer, older, or not to be trusted. */
export async function startChangedAnswers(serviceUrl: string, change: Change): Promise<ChangedAnswers> {
  const { port } = new URL(serviceUrl);
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    const onward = send({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { ...headers, 'accept-encoding': 'identity' },
    });
    onward.on('error', () => response.destroy());
    onward.on('response', async (answered) => {
      const { 'content-length': _, 'transfer-encoding': __, ...rest } = answered.headers;
      response.writeHead(answered.statusCode ?? 502, rest);
      if (String(rest['content-type']).startsWith('text/event-stream')) {
        answered.setEncoding('utf8');
        let unfinished = '';
        for await (const piece of answered) {
          const lines = `${unfinished}${piece as string}`.split('\n');
          unfinished = lines.pop() ?? '';
          for (const line of lines) response.write(`${changedLine(line, change)}\n`);
        }
        response.end();
        return;
      }
      const body = await readText(answered);
      response.end(body === '' ? '' : JSON.stringify(change(JSON.parse(body))));
    });
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function changedLine(line: string, change: Change): string {
  return line.startsWith('data: ') ? `data: ${JSON.stringify(change(JSON.parse(line.slice(6))))}` : line;
}

/** Each object of an answer, from the innermost outwards, becomes what `change` makes of its properties. */
export function eachObject(change: (properties: [string, unknown][]) => [string, unknown][]): Change {
  const changed: Change = (value) => {
    if (Array.isArray(value)) return value.map(changed);
    if (typeof value !== 'object' || value === null) return value;
    const properties = Object.entries(value).map(([name, each]): [string, unknown] => [name, changed(each)]);
    return Object.fromEntries(change(properties));
  };
  return changed;
}
