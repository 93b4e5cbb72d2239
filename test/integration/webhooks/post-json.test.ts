import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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
