/**
 * - `missing`: there is no object of this key
 * - `exists`: there is one, of another size
 * - `truncated`: the object, or the answer, is shorter than it should be
 * - `denied`: the store refuses, and will again until somebody changes something
 * - `disk-full`: no space, or a quota is used up
 * - `unavailable`: this time it did not work; the next time it may
 * - `invalid-key`: a mistake of the caller
 */
export type BackendErrorCode =
  | 'missing'
  | 'exists'
  | 'truncated'
  | 'denied'
  | 'disk-full'
  | 'unavailable'
  | 'invalid-key';

/** What a store may not be able to do, whoever asks. */
export type StoreFeature = 'checksums' | 'conditional-writes' | 'object-lock' | 'operation';

/** Why a backend could not do what it was asked for. The cause has the driver's words, never a secret. */
export class BackendError extends Error {
  /** With `denied`: what the store cannot do. Absent when it could and does not want to. */
  readonly lacks?: StoreFeature;

  constructor(
    readonly code: BackendErrorCode,
    message: string,
    options?: { cause?: unknown; lacks?: StoreFeature },
  ) {
    super(message, options);
    this.name = 'BackendError';
    if (options?.lacks !== undefined) this.lacks = options.lacks;
  }
}

export function isBackendError(error: unknown, code: BackendErrorCode): error is BackendError {
  return error instanceof BackendError && error.code === code;
}

/** Errors that several backends throw, so that they say the same. */
export const backendErrors = {
  missing: (key: string, cause?: unknown) =>
    new BackendError('missing', `The object ${key} is not in the store.`, { cause }),
  exists: (key: string, there: number, given: number) =>
    new BackendError(
      'exists',
      `The object ${key} exists with ${there} bytes and cannot be stored with ${given}. Compare the two before one is deleted.`,
    ),
  truncated: (key: string, wanted: number, got: number) =>
    new BackendError('truncated', `The object ${key} ended after ${got} of ${wanted} bytes that were asked for.`),
  clash: (key: string, cause?: unknown) =>
    new BackendError(
      'invalid-key',
      `${key} cannot be stored: it is the directory of other objects, or one of its directories is an object.`,
      {
        cause,
      },
    ),
  vanished: (root: string, cause: unknown) =>
    new BackendError('unavailable', `Something was removed below ${root} while it was being written to. Try again.`, {
      cause,
    }),
};
