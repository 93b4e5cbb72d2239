import { SpanKind } from '@opentelemetry/api';
import { EngineError } from '../../engine/engine-error.js';
import { inSpan } from '../../engine/spans.js';
import { formatTraceparent } from '../../tracing/traceparent.js';
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
  // Its path may hold a token.
  const { hostname, protocol } = new URL(url);
  const attributes = { 'http.request.method': 'POST', 'server.address': hostname, 'url.scheme': protocol.slice(0, -1) };
  await inSpan('POST', { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const headers = withTraceparent(request.headers, formatTraceparent(span.spanContext()));
    const post = { ...request, ...content, headers, allowedHosts, hostsFrom: 'HOOK_HOSTS' };
    const status = await postJson(post).catch((error: unknown) => {
      throw error instanceof NoAnswer ? failed(url, error.why, error) : error;
    });
    span.setAttribute('http.response.status_code', status);
    if (status < 200 || status > 299) throw failed(url, `it answered ${status}`);
  });
}

/** Headers that the environment has of the same name give way: two of them would be none. */
function withTraceparent(headers: Record<string, string>, traceparent: string | undefined): Record<string, string> {
  if (traceparent === undefined) return headers;
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'traceparent');
  return { ...Object.fromEntries(others), traceparent };
}

function failed(url: string, why: string, cause?: unknown): EngineError {
  return new EngineError('hook-failed', `The hook at ${withoutPath(url)} failed: ${why}.`, { cause });
}
