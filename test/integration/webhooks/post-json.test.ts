import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { postJson } from '../../../src/projects/connections/post-json.js';
import type { Post } from '../../../src/projects/connections/post-json.js';

let server: Server;
let port: number;
let asked = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = (host: string, changes: Partial<Post> = {}) =>
  postJson({
    ...{ url: `http://${host}:${port}/`, headers: {}, body: '{}', contentType: 'application/json', timeoutSeconds: 1 },
    ...{ allowedHosts: ['*'], hostsFrom: 'WEBHOOK_HOSTS', ...changes },
  });

/** A server of names that answers differently each time; the last answer stays. Returns how often it was asked. */
function namesAnswer(...answers: string[]): () => number {
  const { lookup } = dns;
  let count = 0;
  const changing = (_host: string, _options: object, done: (error: null, found: dns.LookupAddress[]) => void) => {
    const address = answers[Math.min(count, answers.length - 1)]!;
    count += 1;
    done(null, [{ address, family: 4 }]);
  };
  dns.lookup = changing as unknown as typeof dns.lookup;
  syncBuiltinESMExports();
  onTestFinished(() => {
    dns.lookup = lookup;
    syncBuiltinESMExports();
  });
  return () => count;
}

it('connects to what was looked at, and to nothing that a later answer names', async () => {
  // One that nobody has, so that there is nothing to be heard from it.
  const times = namesAnswer('192.0.2.1', '127.0.0.1');
  const before = asked;
  await expect(post('rebound.example.com')).rejects.toMatchObject({ name: 'NoAnswer', isRefused: false });
  expect(times()).toBe(1);
  await expect(post('rebound.example.com')).rejects.toMatchObject({ name: 'NoAnswer', isRefused: true });
  expect(times()).toBe(2);
  expect(asked).toBe(before);
});

it.each(['127.0.0.1', '169.254.169.254', '0.0.0.0'])('refuses a name that leads to %s', async (address) => {
  namesAnswer(address);
  await expect(post('hooks.example.com')).rejects.toMatchObject({ isRefused: true });
});

it('goes to a host that was allowed by its name, wherever it leads', async () => {
  namesAnswer('127.0.0.1');
  expect(await post('hooks.internal', { allowedHosts: ['hooks.internal'] })).toBe(204);
});

/** What a receiver sends as soon as somebody connects, word for word, and then nothing. */
async function whoSays(words: string): Promise<Partial<Post>> {
  const odd = createTcpServer((socket) =>
    socket
      .on('error', () => undefined)
      .on('data', () => undefined)
      .write(words),
  );
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void odd.close());
  return { url: `http://127.0.0.1:${(odd.address() as AddressInfo).port}/`, allowedHosts: ['127.0.0.1'] };
}

it.each([
  ['nothing', ''],
  ['what is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['that it goes on, and no more', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['that it goes on, for ever', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(20_000)],
  [
    'that it speaks something else from now on',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ],
  ['a head without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}`],
])('comes to an end with a receiver that says %s', async (_, words) => {
  const to = await whoSays(words);
  await expect(Promise.race([post('', to), sleep(4000, 'it goes on for ever')])).rejects.toMatchObject({
    name: 'NoAnswer',
  });
});

it.each([
  ['a gigabyte', 'HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n'],
  ['an answer without an end', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'],
])('takes the head of %s for an answer', async (_, words) => {
  expect(Math.floor((await post('', await whoSays(words))) / 100)).toBe(2);
});
