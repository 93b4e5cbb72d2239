import type {
  FieldError,
  Finding,
  Problem as ProblemDocument,
  ResourceReference,
} from '../contract/generated/types.gen.js';

export type ProblemCode = ProblemDocument['code'];

export interface ProblemExtras {
  errors?: FieldError[];
  reasons?: Finding[];
  resource?: ResourceReference;
  /** When to try again, sent as `Retry-After`. */
  retryAfterSeconds?: number;
  /** The methods that there are, sent as `Allow`. */
  allow?: readonly string[];
  /** What the driver or library said; it is logged and never sent. */
  cause?: unknown;
}

/**
 * An error a caller can meet: what the service throws, and what `ProblemFilter` turns into an
 * RFC 9457 document. `detail` says what to do and holds no secret. Made by the catalogue only.
 */
export class Problem extends Error {
  readonly errors?: FieldError[];
  readonly reasons?: Finding[];
  readonly resource?: ResourceReference;
  readonly retryAfterSeconds?: number;
  readonly allow?: readonly string[];

  constructor(
    readonly code: ProblemCode,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    extras: ProblemExtras = {},
  ) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = 'Problem';
    this.errors = extras.errors;
    this.reasons = extras.reasons;
    this.resource = extras.resource;
    this.retryAfterSeconds = extras.retryAfterSeconds;
    this.allow = extras.allow;
  }
}
