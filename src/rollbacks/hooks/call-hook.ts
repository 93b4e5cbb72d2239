import { EngineError } from '../../engine/engine-error.js';
import { isAllowedHost } from '../../projects/database-hosts.js';

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
  const status = await send(request, event).catch((error: unknown) => {
    throw failed(url, reasonOf(error, request.timeoutSeconds), error);
  });
  if (status < 200 || status > 299) throw failed(url, `it answered ${status}`);
}

async function send({ url, headers, timeoutSeconds }: HookRequest, event: object): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(event),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  });
  // Nobody reads the body; an unread one would keep the connection.
  await response.body?.cancel();
  return response.status;
}

function reasonOf(error: unknown, timeoutSeconds: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `it did not answer within ${timeoutSeconds} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  return `it could not be reached${cause ? ` (${cause})` : ''}`;
}

/** Without path and query, which may hold a token. */
function failed({ protocol, host }: URL, why: string, cause?: unknown): EngineError {
  return new EngineError('hook-failed', `The hook at ${protocol}//${host} failed: ${why}.`, { cause });
}
