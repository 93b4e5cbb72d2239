import { EXIT } from './exit-codes.js';
import type { ExitCode } from './exit-codes.js';

/** The end of a command that did not do what it was asked for: one sentence that says what to do, and what to exit with. */
export class OutcomeError extends Error {
  override name = 'OutcomeError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** It was asked for in a way that cannot be understood, or lacks something. */
export function usage(message: string, options?: ErrorOptions): OutcomeError {
  return new OutcomeError(EXIT.usage, message, options);
}

export function notFound(message: string): OutcomeError {
  return new OutcomeError(EXIT.notFound, message);
}

/** It may not be done, or not now; nothing was changed. */
export function refused(message: string, options?: ErrorOptions): OutcomeError {
  return new OutcomeError(EXIT.refused, message, options);
}

/** It was begun, and did not come to a good end. */
export function failed(message: string, options?: ErrorOptions): OutcomeError {
  return new OutcomeError(EXIT.failed, message, options);
}

/** A person has stopped it. */
export function interrupted(message: string): OutcomeError {
  return new OutcomeError(EXIT.interrupted, message);
}
