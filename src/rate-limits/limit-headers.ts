import type { Response } from 'express';
import { errors } from '../errors/catalogue.js';
import type { Problem } from '../errors/problem.js';
import type { Count } from './request-counts.js';

/** What a limit counts together. */
export type Counted = 'subject' | 'organization' | 'address';

/** For how long requests are counted, in seconds. */
export const LIMIT_WINDOW_SECONDS = 60;

/** Says in the answer's headers what is left of a limit; several add up. */
export function announceLimit(
  response: Response,
  counted: Counted,
  limit: number,
  { used, resetSeconds }: Count,
): void {
  response.append('RateLimit-Policy', `"${counted}";q=${limit};w=${LIMIT_WINDOW_SECONDS}`);
  response.append('RateLimit', `"${counted}";r=${Math.max(0, limit - used)};t=${resetSeconds}`);
}

/** What to throw when a limit is exceeded. */
export function limitExceeded(counted: Counted, limit: number, { resetSeconds }: Count): Problem {
  const whose = {
    subject: 'of this subject',
    organization: 'of this organization',
    address: 'without a valid token from this address',
  };
  return errors.tooManyRequests(whose[counted], limit, LIMIT_WINDOW_SECONDS, resetSeconds);
}
