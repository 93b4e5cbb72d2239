import { passportJwtSecret } from 'jwks-rsa';
import { ExtractJwt, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { ConfigurationError } from '../config/configuration-error.js';
import type { Configuration } from '../config/configuration.js';

/** How far the clocks of the issuer and of this machine may be apart, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** How long a public key is kept, in milliseconds. A key the issuer withdraws is trusted no longer than this. */
const KEY_CACHE_MS = 10 * 60 * 1000;
const KEY_CACHE_ENTRIES = 20;

/** Tokens naming unknown keys make the service ask for the keys again: at most this often. */
const KEY_REQUESTS_PER_MINUTE = 20;
const KEY_REQUEST_TIMEOUT_MS = 5000;

/**
 * How tokens are verified. The algorithms are always named, and those of a shared secret never
 * together with those of public keys: so neither `none` nor a token "signed" with a public key as
 * if it were a secret can pass.
 */
export function tokenVerification(configuration: Configuration): StrategyOptionsWithoutRequest {
  const { JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = configuration;
  const checks = {
    jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    jsonWebTokenOptions: { clockTolerance: CLOCK_TOLERANCE_SECONDS },
  };
  if (JWT_SECRET !== undefined) return { ...checks, algorithms: ['HS256'], secretOrKey: JWT_SECRET };
  if (JWT_JWKS_URL === undefined) throw new ConfigurationError('JWT_SECRET or JWT_JWKS_URL is required.');
  return {
    ...checks,
    algorithms: ['RS256', 'ES256'],
    secretOrKeyProvider: passportJwtSecret({
      jwksUri: JWT_JWKS_URL,
      cache: true,
      cacheMaxAge: KEY_CACHE_MS,
      cacheMaxEntries: KEY_CACHE_ENTRIES,
      rateLimit: true,
      jwksRequestsPerMinute: KEY_REQUESTS_PER_MINUTE,
      timeout: KEY_REQUEST_TIMEOUT_MS,
    }),
  };
}
