import type { Problem } from '../generated/types.gen.js';
import { NoAnswerError, SnapbackError } from './snapback-error.js';

/** Where the work may have been done although the answer is an error: somebody in between gave up. */
export const NOBODY_KNOWS = [408, 502, 504];
/** Node's names for a connection that was never made. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/** What to throw for what the generated client calls an error: what was thrown on the way, or the body of an answer. */
export function errorOf(error: unknown, response: Response | undefined, request: Request | undefined): unknown {
  if (error instanceof SnapbackError) return error;
  if (request?.signal.aborted) return request.signal.reason;
  // Thrown before there was a request, by a token function for one: it is its caller's, and stays what it is.
  if (request === undefined) return error;
  if (response === undefined) return noAnswer(error, request);
  const { status } = response;
  const key = request.headers.get('idempotency-key');
  const idempotencyKey = key === null ? {} : { idempotencyKey: key };
  if (response.ok) {
    const outcomeUnknown = changesSomething(request);
    const message = 'The answer cannot be read; is this the address of the service?';
    return new SnapbackError(message, { status, outcomeUnknown, ...idempotencyKey, cause: error });
  }
  const problem = isProblem(error) ? error : undefined;
  const outcomeUnknown = problem === undefined && changesSomething(request) && NOBODY_KNOWS.includes(status);
  const message = problem?.detail ?? `The answer is ${status}, and not the service's own.`;
  return new SnapbackError(message, { status, ...(problem && { problem }), outcomeUnknown, ...idempotencyKey });
}

/** The error of a request whose connection could not be made, or was lost. */
export function noAnswer(cause: unknown, request: Request): NoAnswerError {
  const key = request.headers.get('idempotency-key');
  return new NoAnswerError('The service did not answer.', {
    outcomeUnknown: changesSomething(request) && !wasNeverSent(cause),
    ...(key === null ? {} : { idempotencyKey: key }),
    cause,
  });
}

export function changesSomething({ method }: Request): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Whether it is what the service says, and not what stands before it. */
export function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'code' in error && 'detail' in error;
}

function wasNeverSent(cause: unknown): boolean {
  const { code } = (cause as { cause?: { code?: unknown } } | undefined)?.cause ?? {};
  return typeof code === 'string' && NEVER_SENT.includes(code);
}
