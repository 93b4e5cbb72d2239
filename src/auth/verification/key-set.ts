import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** What tokens of an identity provider may be signed with. */
export const KEY_ALGORITHMS = ['RS256', 'ES256'] as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

/** Providers have two or three; more than this is no set of signing keys. */
const MOST_KEYS = 100;
const LONGEST_KEY_ID = 256;
/** Smaller RSA keys can be broken (RFC 7518, 3.3). */
const SMALLEST_RSA_BITS = 2048;

interface PublishedKey {
  id: string | undefined;
  algorithm: KeyAlgorithm;
  key: KeyObject;
}

/** The public keys that an identity provider signs with at one time, from its JSON Web Key Set (RFC 7517). */
export class KeySet {
  private constructor(private readonly keys: readonly PublishedKey[]) {}

  /**
   * Takes the keys that tokens can be checked with and passes over all others: of other kinds, for encryption,
   * private, too small, or that cannot be read. Throws an `Error` when none is left, whatever the document is: then
   * it says less than the set it would replace.
   */
  static parse(document: unknown): KeySet {
    const listed = (document as { keys?: unknown } | null | undefined)?.keys;
    if (!Array.isArray(listed)) throw new Error('the answer is no JSON Web Key Set');
    const keys = listed
      .slice(0, MOST_KEYS)
      .map(toPublishedKey)
      .filter((key) => key !== undefined);
    if (keys.length === 0) throw new Error('the answer holds no key that signs with RS256 or ES256');
    return new KeySet(keys);
  }

  /** The key of this name for this algorithm. A token without a name means the only key there is. */
  find(algorithm: KeyAlgorithm, id: string | undefined): KeyObject | undefined {
    if (id === undefined && this.keys.length > 1) return undefined;
    return this.keys.find((one) => one.algorithm === algorithm && (id === undefined || one.id === id))?.key;
  }
}

function toPublishedKey(listed: unknown): PublishedKey | undefined {
  if (typeof listed !== 'object' || listed === null) return undefined;
  const { kid, kty, crv, use, alg, key_ops: uses, d } = listed as Record<string, unknown>;
  const algorithm = kty === 'RSA' ? 'RS256' : kty === 'EC' && crv === 'P-256' ? 'ES256' : undefined;
  const signs =
    algorithm !== undefined &&
    // A key whose private half is published is everybody's.
    d === undefined &&
    (alg === undefined || alg === algorithm) &&
    (use === undefined || use === 'sig') &&
    (uses === undefined || (Array.isArray(uses) && uses.includes('verify'))) &&
    (kid === undefined || isKeyId(kid));
  if (!signs) return undefined;
  const key = toKey(listed as JsonWebKey);
  return key === undefined ? undefined : { id: kid, algorithm, key };
}

/** Whether a token or a key may be named like this. */
export function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_KEY_ID;
}

function toKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return bits !== undefined && bits < SMALLEST_RSA_BITS ? undefined : key;
  } catch {
    return undefined;
  }
}
