import { expiryOf } from './token.js';
import type { SessionToken } from './token.js';

const PARAMETER = '#sign-in=';

/** The code of a one-time link, which is taken out of the address, so that it is in no history and no screenshot. */
export function takeLinkCode(): string | undefined {
  if (!location.hash.startsWith(PARAMETER)) return undefined;
  const code = location.hash.slice(PARAMETER.length);
  history.replaceState(null, '', location.pathname + location.search);
  return code;
}

/** Rejects with a sentence for people when the link is used up, or is another service's. */
export async function redeemLink(code: string): Promise<SessionToken> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) };
  const response = await fetch('/console/sign-in', request).catch(() => {
    throw new Error('The service did not answer. Open the link again.');
  });
  const body: unknown = await response.json().catch(() => null);
  const { token, detail } = (body ?? {}) as { token?: unknown; detail?: unknown };
  if (typeof token === 'string') return { token, expiresAt: expiryOf(token) };
  throw new Error(typeof detail === 'string' ? detail : 'This link does not sign in here.');
}
