import { request as requestPlainly } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { EngineError } from '../../engine/engine-error.js';
import { AddressRefused, isSpecialAddress, publicLookup } from '../../engine/network/public-address.js';
import { isAllowedHost, isNamedHost } from '../../projects/connections/database-hosts.js';

export interface HookRequest {
  url: string;
  headers: Record<string, string>;
  timeoutSeconds: number;
}

/**
 * Sends the event as JSON. Rejects with `EngineError('hook-failed')` for any answer but 2xx, none in time, or a
 * host that `allowedHosts` does not have. Redirects are not followed: they would lead past that list.
 */
export async function callHook(request: HookRequest, event: object, allowedHosts: readonly string[]): Promise<void> {
  const url = new URL(request.url);
  if (!isAllowedHost(url.hostname, allowedHosts))
    throw failed(url, 'its host is not among those that HOOK_HOSTS allows');
  const isNamed = isNamedHost(url.hostname, allowedHosts);
  const status = await send(request, event, isNamed).catch((error: unknown) => {
    throw failed(url, reasonOf(error, request.timeoutSeconds), error);
  });
  if (status < 200 || status > 299) throw failed(url, `it answered ${status}`);
}

/** Not `fetch`: it cannot be told to connect to what was looked at. */
async function send({ url, headers, timeoutSeconds }: HookRequest, event: object, isNamed: boolean): Promise<number> {
  const { hostname, protocol } = new URL(url);
  if (!isNamed && isSpecialAddress(hostname)) throw new AddressRefused(hostname);
  const body = JSON.stringify(event);
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  const request = protocol === 'https:' ? requestSecurely : requestPlainly;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
        // No connection of an earlier call, which may have been to another address.
        agent: false,
        signal,
        ...(!isNamed && { lookup: publicLookup }),
      },
      (response) => {
        // Nobody reads the body; an unread one would keep the connection.
        response.on('error', () => undefined).destroy();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error)).end(body);
  });
}

function reasonOf(error: unknown, timeoutSeconds: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `it did not answer within ${timeoutSeconds} s`;
  if (error instanceof AddressRefused)
    return 'its host leads to this machine, and HOOK_HOSTS does not allow it by name';
  const cause = error instanceof Error ? error.message : '';
  return `it could not be reached${cause ? ` (${cause})` : ''}`;
}

/** Without path and query, which may hold a token. */
function failed({ protocol, host }: URL, why: string, cause?: unknown): EngineError {
  return new EngineError('hook-failed', `The hook at ${protocol}//${host} failed: ${why}.`, { cause });
}
