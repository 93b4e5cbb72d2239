import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface ProxyOptions {
  /** `name:password`; without it everybody may pass. */
  credentials?: string;
  /** The port of 127.0.0.1 that a name leads to, which only the proxy knows. */
  leadsTo: Readonly<Record<string, number>>;
}

/** A proxy as companies have them: it is told the whole address of what is asked for, and makes a tunnel to what is encrypted. */
export class ForwardProxy {
  /** What it was asked for: `GET http://…`, `CONNECT name:443`. */
  readonly asked: string[] = [];
  private readonly server = createServer((request, response) => this.pass(request, response));
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly options: ProxyOptions) {
    this.server.on('connect', (request: IncomingMessage, socket: Socket) => this.tunnel(request, socket));
  }

  static async start(options: ProxyOptions): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(options);
    await once(proxy.server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  /** For the variables, with what is given. */
  url(credentials?: string): string {
    return `http://${credentials === undefined ? '' : `${credentials}@`}127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '', headers } = request;
    this.asked.push(`${method} ${url}`);
    const target = URL.canParse(url) ? new URL(url) : undefined;
    const port = target && this.options.leadsTo[target.hostname];
    if (!this.mayPass(request)) response.writeHead(407, { 'proxy-authenticate': 'Basic realm="office"' }).end();
    else if (target === undefined || port === undefined) response.writeHead(502).end('Nobody knows that name.');
    else {
      const path = `${target.pathname}${target.search}`;
      const { 'proxy-authorization': _, ...rest } = headers;
      const onward = send({ host: '127.0.0.1', port, path, method, headers: rest }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    }
  }

  private tunnel(request: IncomingMessage, socket: Socket): void {
    this.asked.push(`CONNECT ${request.url}`);
    this.keep(socket);
    const port = this.options.leadsTo[request.url!.split(':')[0]!];
    if (!this.mayPass(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (port === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const onward = this.keep(connect(port, '127.0.0.1'));
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(onward).pipe(socket);
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket)));
    return socket;
  }

  private mayPass({ headers }: IncomingMessage): boolean {
    const { credentials } = this.options;
    const given = /^Basic (.+)$/.exec(headers['proxy-authorization'] ?? '')?.[1] ?? '';
    return credentials === undefined || Buffer.from(given, 'base64').toString() === credentials;
  }
}
