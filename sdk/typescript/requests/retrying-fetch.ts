import { changesSomething, noAnswer, NOBODY_KNOWS } from '../errors/error-of.js';
import { TimeOutError } from '../errors/snapback-error.js';
import { Deadline } from './deadline.js';
import { backoffMs, retryAfterMs } from './retry-after.js';

export interface RetryPolicy {
  /** How long one call may take, repetitions included. */
  timeoutMs: number;
  /** How often a request is sent at the most. */
  attempts: number;
}

/** Answers that may be others in a moment. */
export const PASSING = [408, 429, 502, 503, 504];
/** What may be sent twice whatever became of the first; a POST when it has a key. */
const REPEATABLE = ['GET', 'HEAD', 'PUT', 'DELETE'];
/** Answers that have no body, which a `Response` refuses to be made with. */
const WITHOUT_BODY = [204, 205, 304];

type Outcome = { response: Response } | { failure: unknown };

/**
 * A `fetch` that sends a request again when that can do no harm and may help: what changes nothing, or has an Idempotency-Key, after a lost
 * connection or an answer that says so. Answers but streams have been read when it resolves, so that a connection which is lost in the middle of one is
 * an attempt in vain like any other.
 */
export function retryingFetch(
  send: typeof fetch,
  { timeoutMs, attempts }: RetryPolicy,
  headers: Readonly<Record<string, string>> = {},
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    const deadline = new Deadline(timeoutMs, request.signal);
    try {
      let perhapsDeleted = false;
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await outcomeOf(send, request, deadline);
        if (perhapsDeleted && 'response' in outcome && outcome.response.status === 404) return gone(deadline);
        perhapsDeleted ||= request.method === 'DELETE' && mayHaveBeenDone(outcome);
        const pauseMs = attempt < attempts && mayRepeat(request) ? pauseAfter(outcome, attempt) : undefined;
        // Not worth waiting for: the time would be up before the next attempt, and what is known now would be lost.
        if (pauseMs === undefined || pauseMs >= deadline.leftMs) return settle(outcome, request, deadline);
        await deadline.pause(pauseMs);
      }
    } catch (error) {
      deadline.clear();
      throw deadline.passed ? timeOut(timeoutMs, request, error) : error;
    }
  };
}

async function outcomeOf(send: typeof fetch, request: Request, deadline: Deadline): Promise<Outcome> {
  try {
    const { signal } = deadline;
    const response = await deadline.race(send(new Request(request.clone(), { signal })));
    if (isStream(response)) return { response };
    const body = await deadline.race(response.arrayBuffer());
    const { status, statusText, headers } = response;
    return { response: new Response(WITHOUT_BODY.includes(status) ? null : body, { status, statusText, headers }) };
  } catch (failure) {
    if (deadline.signal.aborted) throw failure;
    return { failure };
  }
}

function mayRepeat(request: Request): boolean {
  return REPEATABLE.includes(request.method) || (request.method === 'POST' && request.headers.has('idempotency-key'));
}

/** Undefined when the outcome is one that stays. */
function pauseAfter(outcome: Outcome, attempt: number): number | undefined {
  if ('failure' in outcome) return backoffMs(attempt);
  const { status, headers } = outcome.response;
  return PASSING.includes(status) ? (retryAfterMs(headers, Date.now()) ?? backoffMs(attempt)) : undefined;
}

/** Whether the service may have heard of it, and its answer is what was lost. */
function mayHaveBeenDone(outcome: Outcome): boolean {
  return 'failure' in outcome || NOBODY_KNOWS.includes(outcome.response.status);
}

/** What was to be deleted, and is not there when that is said once more. */
function gone(deadline: Deadline): Response {
  deadline.clear();
  return new Response(null, { status: 204 });
}

function settle(outcome: Outcome, request: Request, deadline: Deadline): Response {
  if (!('response' in outcome)) throw noAnswer(outcome.failure, request);
  // A stream goes on, under the signal of its caller.
  if (isStream(outcome.response)) deadline.stopClock();
  else deadline.clear();
  return outcome.response;
}

function isStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') === true;
}

function timeOut(timeoutMs: number, request: Request, cause: unknown): TimeOutError {
  const key = request.headers.get('idempotency-key');
  return new TimeOutError(`The service did not answer within ${timeoutMs / 1000} s.`, {
    outcomeUnknown: changesSomething(request),
    ...(key === null ? {} : { idempotencyKey: key }),
    cause,
  });
}
