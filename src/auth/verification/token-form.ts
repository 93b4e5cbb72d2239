import { errors } from '../../errors/catalogue.js';
import { isKeyId } from './key-set.js';

/** What the head of a token says and matters: which algorithm, and which key. */
export interface TokenHead {
  algorithm: string;
  /** `kid`. Other ways to say where the key is (`jku`, `x5u`, `jwk`) are never looked at. */
  keyId: string | undefined;
}

/** Longest token, in characters: what Node takes as the head of a request unless it is told otherwise. */
const LONGEST_TOKEN = 16 * 1024;

/** What `typ` may say. Logout tokens, proofs of possession and other kinds are signed with the same keys. */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];

const MALFORMED = 'The token is not valid.';

/**
 * Reads the head of a token that nobody has checked yet, and looks whether its claims are claims at all.
 * Throws `Problem('unauthenticated')`. What the head calls critical (`crit`) is understood by nobody here, so a token
 * that has such a list is refused, whatever is in it.
 */
export function readTokenHead(token: string): TokenHead {
  if (token.length > LONGEST_TOKEN) throw errors.unauthenticated('The token is too long.');
  const [head, claims] = token.split('.', 2).map(decode);
  if (head === undefined || claims === undefined) throw errors.unauthenticated(MALFORMED);
  const { alg, kid, typ, crit } = head;
  if (crit !== undefined) throw errors.unauthenticated('The token has critical extensions ("crit").');
  if (!TYPES.includes(typeof typ === 'string' ? typ.toLowerCase() : typ)) {
    throw errors.unauthenticated('The token is of another type ("typ").');
  }
  if (typeof alg !== 'string' || !(kid === undefined || isKeyId(kid))) throw errors.unauthenticated(MALFORMED);
  return { algorithm: alg, keyId: kid };
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
