import { createSecretKey, type KeyObject } from 'node:crypto';
import { ExtractJwt, type SecretOrKeyProvider, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { ConfigurationError } from '../../config/configuration-error.js';
import type { Configuration } from '../../config/configuration.js';
import { errors } from '../../errors/catalogue.js';
import { fetchKeySet } from './fetch-key-set.js';
import { IssuerKeys } from './issuer-keys.js';
import { KEY_ALGORITHMS, type KeyAlgorithm } from './key-set.js';
import { readTokenHead, type TokenHead } from './token-form.js';
import { CLOCK_TOLERANCE_SECONDS } from './token-times.js';

/** The token that a request shows, if it does. */
export const bearerToken = ExtractJwt.fromAuthHeaderAsBearerToken();

/** How tokens are verified, and what has to be stopped with it. */
export interface TokenVerification {
  options: StrategyOptionsWithoutRequest;
  /** What they are verified with now, the same object as long as that is the same; undefined while there is nothing. */
  keysOfNow(): object | undefined;
  stop(): void;
}

/**
 * The algorithms are always named, and those of a shared secret never together with those of public keys: so
 * neither `none` nor a token "signed" with a public key as if it were a secret can pass.
 */
export function tokenVerification(configuration: Configuration): TokenVerification {
  const { JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = configuration;
  const checks = {
    jwtFromRequest: bearerToken,
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    jsonWebTokenOptions: { clockTolerance: CLOCK_TOLERANCE_SECONDS },
  };
  if (JWT_SECRET !== undefined) {
    // As a key, it is never mistaken for a public one that somebody set as a secret.
    const secret = createSecretKey(JWT_SECRET, 'utf8');
    const secretOrKeyProvider = keyProvider(() => Promise.resolve(secret));
    const options = { ...checks, algorithms: ['HS256' as const], secretOrKeyProvider };
    return { options, keysOfNow: () => secret, stop: () => undefined };
  }
  if (JWT_JWKS_URL === undefined) throw new ConfigurationError('JWT_SECRET or JWT_JWKS_URL is required.');
  const keys = new IssuerKeys({
    fetch: () => fetchKeySet(JWT_JWKS_URL),
    cooldownMs: configuration.JWT_KEYS_COOLDOWN_SECONDS * 1000,
    refreshMs: configuration.JWT_KEYS_REFRESH_SECONDS * 1000,
  });
  const secretOrKeyProvider = keyProvider(async ({ algorithm, keyId }) => {
    if (!isKeyAlgorithm(algorithm)) throw errors.unauthenticated('The token is not valid.');
    return keys.find(algorithm, keyId);
  });
  const options = { ...checks, algorithms: [...KEY_ALGORITHMS], secretOrKeyProvider };
  return { options, keysOfNow: () => keys.ofNow, stop: () => keys.stop() };
}

function isKeyAlgorithm(algorithm: string): algorithm is KeyAlgorithm {
  return (KEY_ALGORITHMS as readonly string[]).includes(algorithm);
}

function keyProvider(keyFor: (head: TokenHead) => Promise<KeyObject>): SecretOrKeyProvider {
  return (_, token: string, done) => {
    // jsonwebtoken, which checks the signature, takes keys; the types of passport-jwt do not know it.
    const handOver = done as (error: unknown, key?: KeyObject) => void;
    Promise.resolve(token)
      .then(readTokenHead)
      .then(keyFor)
      .then((key) => handOver(null, key))
      // What the check of the signature throws, too: nobody else would catch it.
      .catch(handOver);
  };
}
