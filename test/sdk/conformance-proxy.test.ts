import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConformanceProxy } from './conformance-proxy.js';

/** Three events with a heartbeat between them, in pieces that keep to no boundary. */
const STREAM = [
  'id: 1\nevent: e\nda',
  'ta: {"n":1}\n\n:\n\nid: 2\nevent: e\ndata: {"n":2}\n',
  '\nid: 3\ndata: {"n":3}\n\n',
];

let service: Server;
let proxy: ConformanceProxy;
let restarts = 0;
const heard: IncomingMessage[] = [];

beforeAll(async () => {
  service = createServer((request, response) => {
    heard.push(request);
    if (request.url !== '/stream') {
      response.writeHead(200, { 'content-type': 'application/json', etag: '"1"' });
      return void response.end('{"a":1,"b":{"c":2,"d":3}}');
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of STREAM) response.write(piece);
    response.end();
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  const restart = async () => void (restarts += 1);
  proxy = await ConformanceProxy.start((service.address() as AddressInfo).port, restart);
});

beforeEach(async () => {
  heard.length = 0;
  await fetch(proxy.controlUrl, { method: 'DELETE' });
});

afterAll(async () => {
  await proxy.close();
  service.closeAllConnections();
  service.close();
});

async function told(faults: unknown): Promise<Response> {
  return fetch(`${proxy.controlUrl}/faults`, { method: 'POST', body: JSON.stringify(faults) });
}

const asked = (path: string, init?: RequestInit) => fetch(`${proxy.url}${path}`, init);

/** All of a stream that comes, and whether its connection was cut before its end. */
async function streamed(): Promise<{ text: string; cut: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const piece of (await asked('/stream')).body!) text += decoder.decode(piece, { stream: true });
    return { text, cut: false };
  } catch {
    return { text, cut: true };
  }
}

describe('the proxy before the service', () => {
  it('passes everything on until it is told otherwise, and remembers what has arrived', async () => {
    const answer = await asked('/a?b=c', { headers: { 'x-mine': 'here' } });
    expect([answer.headers.get('etag'), await answer.json()]).toEqual(['"1"', { a: 1, b: { c: 2, d: 3 } }]);
    expect(await streamed()).toEqual({ text: STREAM.join(''), cut: false });
    const arrived = (await (await fetch(`${proxy.controlUrl}/requests`)).json()) as unknown[];
    expect(arrived).toEqual([
      expect.objectContaining({
        method: 'GET',
        path: '/a?b=c',
        headers: expect.objectContaining({ 'x-mine': 'here' }),
      }),
      expect.objectContaining({ path: '/stream', closedAt: expect.any(Number) }),
    ]);
  });

  it('answers in place of the service, as often as it is told, those whom it is told', async () => {
    const answer = { status: 503, headers: { 'Retry-After': '{now+2}' }, body: { code: 'x' } };
    await told({ method: 'get', path: '^/a', times: 2, answer, clockSkewSeconds: -3600 });
    const statuses = [];
    for (const path of ['/b', '/a', '/a', '/a']) statuses.push((await asked(path)).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect(heard.map(({ url }) => url)).toEqual(['/b', '/a']);
    await told({ answer, clockSkewSeconds: -3600 });
    const { headers } = await asked('/a');
    const date = Date.parse(headers.get('date')!);
    expect(Date.parse(headers.get('retry-after')!) - date).toBe(2000);
    expect(Math.abs(Date.now() - 3_600_000 - date)).toBeLessThan(5000);
  });

  it('loses an answer, whose request the service has heard', async () => {
    await told({ lose: true });
    await expect(asked('/a', { method: 'POST', body: '{}' })).rejects.toThrow('fetch failed');
    expect(heard.map(({ method }) => method)).toEqual(['POST']);
  });

  it('holds a request back, or lets nothing come of it', async () => {
    await told([{ delayMs: 200 }, { hang: true }]);
    const began = Date.now();
    await asked('/a');
    expect(Date.now() - began).toBeGreaterThanOrEqual(200);
    await expect(asked('/a', { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
    expect(heard).toHaveLength(1);
  });

  it('merges into what the service answers', async () => {
    await told({ merge: { a: null, b: { c: 3_000_000_000_123 }, e: [1] } });
    expect(await (await asked('/a')).json()).toEqual({ b: { c: 3_000_000_000_123, d: 3 }, e: [1] });
  });

  it.each([
    ['behind an event', { cutAfterEvents: 1 }, 'id: 1\nevent: e\ndata: {"n":1}\n\n', true],
    ['behind one that comes after a heartbeat', { cutAfterEvents: 2 }, STREAM[0]! + STREAM[1]! + '\n', true],
    ['within an event', { cutWithinEvent: 1 }, 'id: 1\nevent: e\ndata: {"', true],
    [
      'behind what it puts in',
      { insertEvent: 'event: y\ndata: {}\n\n', cutAfterEvents: 0 },
      'event: y\ndata: {}\n\n',
      true,
    ],
    [
      'nowhere when it only puts in',
      { insertEvent: 'event: y\ndata: {}\n\n' },
      `event: y\ndata: {}\n\n${STREAM.join('')}`,
      false,
    ],
    ['nowhere when it holds all of it back', { buffer: true }, STREAM.join(''), false],
  ])('cuts a stream %s', async (_, fault, text, cut) => {
    await told(fault);
    expect(await streamed()).toEqual({ text, cut });
  });

  it('restarts the service when it is told, and refuses what it does not understand', async () => {
    expect((await fetch(`${proxy.controlUrl}/restart`, { method: 'POST' })).status).toBe(200);
    expect(restarts).toBe(1);
    const refused = await told({ cutAfterEvent: 1 });
    expect([refused.status, await refused.json()]).toEqual([
      422,
      { detail: 'TypeError: A fault has no property "cutAfterEvent".' },
    ]);
  });
});
