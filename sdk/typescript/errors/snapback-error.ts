import type { FieldError, Problem } from '../generated/types.gen.js';

export interface ErrorDetails {
  /** The HTTP status; undefined when nothing answered. */
  status?: number;
  /** What the service says; undefined when it was not the service that answered. */
  problem?: Problem;
  /** Whether the request may have done its work all the same. */
  outcomeUnknown?: boolean;
  /** The key under which it was sent: the same request with the same key does the work once. */
  idempotencyKey?: string;
  cause?: unknown;
}

/** A request that did not bring what was asked for. Those that nothing answered, or that came to another end, are subclasses. */
export class SnapbackError extends Error {
  override name = 'SnapbackError';
  readonly status: number | undefined;
  readonly problem: Problem | undefined;
  readonly outcomeUnknown: boolean;
  readonly idempotencyKey: string | undefined;

  constructor(message: string, { status, problem, outcomeUnknown = false, idempotencyKey, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.problem = problem;
    this.outcomeUnknown = outcomeUnknown;
    this.idempotencyKey = idempotencyKey;
  }

  /**
   * The stable name of the problem, as the service says it: one of `ProblemCode`, or one of a newer service. Undefined when it was not the
   * service that answered.
   */
  get code(): string | undefined {
    return this.problem?.code;
  }

  /** The sentence of the service, or of this client. */
  get detail(): string {
    return this.problem?.detail ?? this.message;
  }

  /** On 422: each parameter or property that is wrong. */
  get fields(): readonly FieldError[] {
    return this.problem?.errors ?? [];
  }

  /** Under which the service has logged the request. */
  get requestId(): string | undefined {
    return this.problem?.requestId;
  }

  /** The trace that the request belongs to, where there is one. */
  get traceId(): string | undefined {
    return this.problem?.traceId;
  }
}

/** Nothing answered: the connection could not be made, or was lost. */
export class NoAnswerError extends SnapbackError {
  override name = 'NoAnswerError';
}

/** No answer within the time that was set, repetitions included. */
export class TimeOutError extends NoAnswerError {
  override name = 'TimeOutError';
}
