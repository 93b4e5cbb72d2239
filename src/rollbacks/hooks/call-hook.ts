import { EngineError } from '../../engine/engine-error.js';
import { NoAnswer, postJson, withoutPath } from '../../projects/connections/post-json.js';

export interface HookRequest {
  url: string;
  headers: Record<string, string>;
  timeoutSeconds: number;
}

/** Sends the event as JSON. Rejects with `EngineError('hook-failed')` for any answer but 2xx, and for none. */
export async function callHook(request: HookRequest, event: object, allowedHosts: readonly string[]): Promise<void> {
  const { url } = request;
  const content = { body: JSON.stringify(event), contentType: 'application/json' };
  const post = { ...request, ...content, allowedHosts, hostsFrom: 'HOOK_HOSTS' };
  const status = await postJson(post).catch((error: unknown) => {
    throw error instanceof NoAnswer ? failed(url, error.why, error) : error;
  });
  if (status < 200 || status > 299) throw failed(url, `it answered ${status}`);
}

function failed(url: string, why: string, cause?: unknown): EngineError {
  return new EngineError('hook-failed', `The hook at ${withoutPath(url)} failed: ${why}.`, { cause });
}
