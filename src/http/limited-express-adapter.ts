import { createServer, type Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Configuration } from '../config/configuration.js';
import { answerWhatIsNoRequest } from './no-request.js';

/** How often Node looks for requests that take too long, in milliseconds: they are ended this much late at the most. */
const LATE_REQUESTS_EVERY_MS = 1000;

type Limits = Pick<Configuration, 'MAX_HEADER_BYTES' | 'HEADERS_TIMEOUT_SECONDS' | 'REQUEST_TIMEOUT_SECONDS'>;

/** Express on a server whose limits are the configuration's, and which says so when they are met. */
export class LimitedExpressAdapter extends ExpressAdapter {
  constructor(private readonly limits: Limits) {
    super();
  }

  override initHttpServer(): void {
    const { MAX_HEADER_BYTES, HEADERS_TIMEOUT_SECONDS, REQUEST_TIMEOUT_SECONDS } = this.limits;
    const options = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_SECONDS * 1000,
      requestTimeout: REQUEST_TIMEOUT_SECONDS * 1000,
      connectionsCheckingInterval: LATE_REQUESTS_EVERY_MS,
      // Node would answer without a body; `requireHost` does it with one.
      requireHostHeader: false,
    };
    const server = createServer(options, this.getInstance());
    answerWhatIsNoRequest(server, MAX_HEADER_BYTES);
    this.httpServer = server;
  }

  /** An open progress stream would otherwise keep the process alive for ever. */
  override async close(): Promise<void> {
    const closed = super.close();
    (this.httpServer as Server).closeAllConnections();
    await closed;
  }
}
