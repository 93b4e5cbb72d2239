import { errors } from '../errors/catalogue.js';
import type { Problem } from '../errors/problem.js';

/** What the verifier says, and what to tell the caller. Anything else says too much about the check. */
const EXPLANATIONS: ReadonlyArray<[pattern: RegExp, sentence: string]> = [
  [/^No auth token$/, 'The request has no bearer token.'],
  [/^jwt expired$/, 'The token has expired.'],
  [/^jwt not active$/, 'The token is not valid yet.'],
  [/^jwt issuer invalid/, 'The token was issued by somebody else.'],
  [/^jwt audience invalid/, 'The token is meant for another service.'],
];

/** Turns the verifier's reason why no caller could be established into a problem. */
export function explainRefusal(reason: unknown): Problem {
  const error = reason instanceof Error ? reason : undefined;
  const known = EXPLANATIONS.find(([pattern]) => pattern.test(error?.message ?? ''));
  return errors.unauthenticated(known?.[1] ?? 'The token is not valid.', reason);
}
