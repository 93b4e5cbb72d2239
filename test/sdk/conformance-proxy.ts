import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Faults, readFaults } from './faults.js';
import type { Fault } from './faults.js';
import { mergePatch } from './merge-patch.js';
import { StreamCutter } from './stream-cutter.js';

/** One request as it has arrived; times in milliseconds. */
interface Arrived {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  at: number;
  /** Null as long as its answer is open. */
  closedAt: number | null;
}

const NOTHING = readFaults({})[0]!;
/** Of one connection, and set by whoever writes to the next one. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date'];

/** Stands between a client and a service, and does what sdk/conformance/README.md says when it is told to. */
export class ConformanceProxy {
  private readonly faults = new Faults();
  private arrived: Arrived[] = [];
  private readonly front = createServer((request, response) => void this.meet(request, response));
  private readonly control = createServer((request, response) => void this.obey(request, response));

  private constructor(
    private readonly servicePort: number,
    private readonly restart: () => Promise<void>,
  ) {}

  static async start(servicePort: number, restart: () => Promise<void>): Promise<ConformanceProxy> {
    const proxy = new ConformanceProxy(servicePort, restart);
    for (const server of [proxy.front, proxy.control]) {
      // Longer than any test, so that it is never the proxy itself that ends an idle connection.
      server.keepAliveTimeout = 600_000;
      server.requestTimeout = 0;
      await once(server.listen(0, '127.0.0.1'), 'listening');
    }
    return proxy;
  }

  get url(): string {
    return urlOf(this.front);
  }

  get controlUrl(): string {
    return urlOf(this.control);
  }

  async close(): Promise<void> {
    for (const server of [this.front, this.control]) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  }

  private async meet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    const arrived: Arrived = { method, path, headers: request.headers, at: Date.now(), closedAt: null };
    this.arrived.push(arrived);
    response.on('close', () => (arrived.closedAt = Date.now()));
    const fault = this.faults.take(method, path) ?? NOTHING;
    if (fault.hang) return;
    if (fault.delayMs > 0) await sleep(fault.delayMs);
    if (fault.answer === undefined) return this.forward(request, response, fault);
    request.resume();
    answer(response, fault.answer, fault.clockSkewSeconds);
  }

  private forward(request: IncomingMessage, response: ServerResponse, fault: Fault): void {
    const { method, url: path, headers } = request;
    const onward = send({ host: '127.0.0.1', port: this.servicePort, method, path, headers, agent: false });
    onward.on('error', () => badGateway(response));
    onward.on('response', (answered) => {
      answered.on('error', () => response.destroy());
      void passBack(answered, response, fault).catch(() => response.destroy());
    });
    // Whoever goes away is gone for the service too.
    response.on('close', () => response.writableFinished || onward.destroy());
    request.on('error', () => onward.destroy());
    request.pipe(onward);
  }

  private async obey(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const what = `${request.method} ${request.url}`;
    try {
      const body = await readText(request);
      if (what === 'GET /requests') return reply(200, this.arrived);
      if (what === 'POST /faults') this.faults.add(readFaults(JSON.parse(body)));
      else if (what === 'POST /restart') await this.restart();
      else if (what === 'DELETE /') {
        this.arrived = [];
        this.faults.clear();
      } else return reply(404, { detail: `There is no ${what}.` });
      reply(200, {});
    } catch (error) {
      reply(422, { detail: String(error) });
    }
  }
}

async function passBack(answered: IncomingMessage, response: ServerResponse, fault: Fault): Promise<void> {
  const status = answered.statusCode ?? 502;
  const headers = Object.fromEntries(Object.entries(answered.headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
  if (fault.lose) {
    await readText(answered);
    response.destroy();
  } else if (String(answered.headers['content-type']).startsWith('text/event-stream') && !fault.buffer) {
    await passEvents(answered, response.writeHead(status, headers), new StreamCutter(fault));
  } else {
    const body = await buffer(answered);
    if (fault.merge !== undefined) {
      response.writeHead(status, headers).end(JSON.stringify(mergePatch(JSON.parse(body.toString()), fault.merge)));
      return;
    }
    // Of a file, clients go by its length.
    const { 'content-length': length } = answered.headers;
    response.writeHead(status, { ...headers, ...(length !== undefined && { 'content-length': length }) }).end(body);
  }
}

async function passEvents(answered: IncomingMessage, response: ServerResponse, cutter: StreamCutter): Promise<void> {
  response.flushHeaders();
  answered.setEncoding('utf8');
  for await (const piece of answered) {
    const { text, cut } = cutter.pass(piece as string);
    if (cut) {
      // What was written has to leave before the connection does.
      response.write(text === '' ? ':\n' : text, () => response.destroy());
      return;
    }
    if (text !== '') response.write(text);
  }
  response.end(cutter.end());
}

function answer(response: ServerResponse, given: NonNullable<Fault['answer']>, clockSkewSeconds: number): void {
  const clock = Date.now() + clockSkewSeconds * 1000;
  const headers = Object.entries(given.headers).map(([name, value]) => [
    name,
    value.replace(/\{now\+(\d+)\}/, (_, seconds: string) => httpDate(clock + Number(seconds) * 1000)),
  ]);
  response.writeHead(given.status, { date: httpDate(clock), ...Object.fromEntries(headers) }).end(given.body);
}

/** What a proxy says for a service that is not there: HTML, and nothing that the contract knows. */
function badGateway(response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>502 Bad Gateway</h1></html>');
}

function httpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
