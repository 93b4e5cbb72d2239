import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { ConfigurationError } from '../config/configuration-error.js';
import { Configuration } from '../config/configuration.js';
import { Readiness } from '../health/readiness.js';
import { Instruments } from './instruments.js';
import { ProcessGauges } from './process-gauges.js';
import { StateGauges } from './state-gauges.js';

/** A scraper sends a line and a few headers; whoever takes longer is no scraper. */
const REQUEST_TIMEOUT_MS = 5_000;
const MOST_CONNECTIONS = 50;

interface Answer {
  status: number;
  type: string;
  body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Serves metrics and health on a port of its own, in API and workers alike, to whoever reaches it: it is not for the internet. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(MetricsServer.name);
  private server: Server | undefined;
  private underWay: Promise<string> | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly readiness: Readiness,
    private readonly instruments: Instruments,
    private readonly state: StateGauges,
    private readonly process: ProcessGauges,
  ) {}

  /** Throws `ConfigurationError` for a port that cannot be listened on. */
  async onApplicationBootstrap(): Promise<void> {
    const { METRICS_PORT: port, METRICS_HOST: host } = this.configuration;
    if (port === undefined) return;
    this.instruments.watchProcess();
    const server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => void this.serve(request, response),
    );
    server.maxConnections = MOST_CONNECTIONS;
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) =>
        reject(
          new ConfigurationError(`METRICS_PORT ${port} of ${host} cannot be listened on: ${cause.message}.`, { cause }),
        ),
      );
      server.listen(port, host, resolve);
    });
    const address = server.address();
    const listening = typeof address === 'object' && address !== null ? address.port : port;
    this.logger.log(`Metrics and health are at http://${host}:${listening}/metrics and /health/ready.`);
  }

  async onApplicationShutdown(): Promise<void> {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.answer(request).catch((error: unknown): Answer => {
      this.logger.error({ err: error }, 'The metrics could not be told.');
      return { status: 500, type: 'text/plain', body: 'Something went wrong on our side; the log has the details.\n' };
    });
    // Nobody sends more on this connection than was asked for.
    response.writeHead(status, {
      'Content-Type': type,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  private async answer({ method, url = '' }: IncomingMessage): Promise<Answer> {
    const [path] = url.split('?', 1);
    if (method !== 'GET' && method !== 'HEAD')
      return { status: 405, type: 'text/plain', body: 'Only GET is served here.\n' };
    if (path === '/metrics')
      return { status: 200, type: this.instruments.registry.contentType, body: await this.metrics() };
    if (path === '/health/live') return health(200, { status: 'ok' });
    if (path === '/health/ready') {
      const { up, down } = await this.readiness.look();
      const checks = Object.fromEntries([...up.map((name) => [name, 'up']), ...down.map((name) => [name, 'down'])]);
      return down.length === 0 ? health(200, { status: 'ok', checks }) : health(503, { status: 'unavailable', checks });
    }
    return { status: 404, type: 'text/plain', body: 'There are /metrics, /health/live and /health/ready.\n' };
  }

  /** Once for all who ask at the same time. */
  private metrics(): Promise<string> {
    this.underWay ??= this.gather().finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  private async gather(): Promise<string> {
    await Promise.all([this.state.refresh(), this.process.refresh()]);
    return this.instruments.registry.metrics();
  }
}

function health(status: number, body: object): Answer {
  return { status, type: JSON_TYPE, body: JSON.stringify(body) };
}
