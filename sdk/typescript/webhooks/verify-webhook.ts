import type { AttentionEvent, GateEvent, RollbackEvent, SnapshotEvent, TestEvent } from '../generated/types.gen.js';

/** What a webhook is sent. Of a newer service there may be other types: pass over those that you do not know. */
export type WebhookEvent = SnapshotEvent | RollbackEvent | GateEvent | AttentionEvent | TestEvent;

/** It is not from the service, or not for this secret, or too old to be believed. Answer with 4xx, and read nothing of it. */
export class WebhookVerificationError extends Error {
  override name = 'WebhookVerificationError';
}

/** The headers of a request, as `fetch` has them or as Node does. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** How far the clocks of both may be apart (seconds). */
const TOLERANCE_SECONDS = 300;
const PREFIX = 'whsec_';

/**
 * Checks what a webhook was sent, and reads it. `body` is the body as it came, before anybody has parsed it; `secret` is what
 * `webhooks.create` and `webhooks.rotateSecret` return. Rejects with `WebhookVerificationError`. The same event may come more than
 * once: pass over an `id` that you have seen.
 */
export async function verifyWebhook(
  headers: WebhookHeaders,
  body: string | Uint8Array,
  secret: string,
  { now = new Date() }: { now?: Date } = {},
): Promise<WebhookEvent> {
  const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) =>
    valueOf(headers, `webhook-${name}`),
  );
  if (!id || !timestamp || !signature) throw new WebhookVerificationError('A header is missing: it is no webhook.');
  const seconds = Number(timestamp);
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now.getTime() / 1000 - seconds) > TOLERANCE_SECONDS)
    throw new WebhookVerificationError('It was sent too long ago, or the clocks differ.');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  const key = await keyOf(secret);
  for (const each of signature.split(' ')) {
    const [version, value = ''] = each.split(',');
    const given = version === 'v1' ? bytesOf(value) : undefined;
    // It compares in a time that says nothing of where they differ.
    if (given !== undefined && (await crypto.subtle.verify('HMAC', key, given, signed)))
      return JSON.parse(text) as WebhookEvent;
  }
  throw new WebhookVerificationError('No signature is that of this secret.');
}

function valueOf(headers: WebhookHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : found?.[0];
}

async function keyOf(secret: string): ReturnType<typeof crypto.subtle.importKey> {
  const bytes = bytesOf(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
  if (bytes === undefined || bytes.length === 0) throw new TypeError('The secret must be "whsec_" and base64.');
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
