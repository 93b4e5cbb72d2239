import { errors } from '../../errors/catalogue.js';

/** How far the clocks of the issuer and of this machine may be apart, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** The last second that RFC 3339 can write, 9999-12-31. What is later is no time: infinite, or in other units. */
const LAST_SECOND = 253_402_300_799;

/**
 * When a token expires, given claims of which `exp` and `nbf` have been held against the clock where they are numbers.
 * Throws `Problem('unauthenticated')` when one of its times is none, when it never expires, or when it was issued in
 * the future.
 */
export function expiryOf(claims: Record<string, unknown>, now: Date): Date {
  const expiresAt = timeFrom(claims, 'exp');
  // Verification checks an expiry that is there; a token without one would be valid for ever.
  if (expiresAt === undefined) throw errors.unauthenticated('The token has no expiry ("exp").');
  timeFrom(claims, 'nbf');
  const issuedAt = timeFrom(claims, 'iat');
  if (issuedAt !== undefined && issuedAt > now.getTime() / 1000 + CLOCK_TOLERANCE_SECONDS) {
    throw errors.unauthenticated('The token was issued in the future ("iat").');
  }
  return new Date(expiresAt * 1000);
}

/** Seconds since 1970, perhaps with a fraction; undefined when the claim is not there. JSON's `1e999` is infinite. */
function timeFrom(claims: Record<string, unknown>, claim: string): number | undefined {
  const value = claims[claim];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= LAST_SECOND) return value;
  throw errors.unauthenticated(`The token's claim "${claim}" must be a time in seconds since 1970.`);
}
