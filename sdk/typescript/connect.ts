import { createClient, createConfig } from './generated/client/index.js';
import type { Client } from './generated/client/index.js';

export interface ConnectOptions {
  /** Where the service answers, such as `https://snapback.internal`. */
  baseUrl: string;
  /** A token, or a function that brings a fresh one for each request. */
  token: string | (() => string | Promise<string>);
  /** Replaces the global `fetch`, for proxies and tests. */
  fetch?: typeof fetch;
}

/** A client for the generated operations, `snapshotCreate({ client, path: { environmentId } })`, which repeats nothing by itself. */
export function connect({ baseUrl, token, fetch }: ConnectOptions): Client {
  return createClient(
    createConfig({ baseUrl, auth: typeof token === 'string' ? token : () => token(), ...(fetch ? { fetch } : {}) }),
  );
}
