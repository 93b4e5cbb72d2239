import { EngineError, type EngineErrorCode } from '../../../engine-error.js';

/** An error of a database as it goes from thread to thread, which leaves what a server says beside its message behind otherwise. */
export interface PackedError {
  isOurs: boolean;
  name: string;
  message: string;
  /** What else it says: SQLSTATE, severity, hint, where. */
  fields: Record<string, string>;
  cause: PackedError | undefined;
}

export function packError(error: unknown): PackedError {
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error));
  const fields = Object.entries(error as object).filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  );
  return {
    isOurs: error instanceof EngineError,
    name,
    message,
    fields: Object.fromEntries(fields),
    cause: cause === undefined ? undefined : packError(cause),
  };
}

export function unpackError({ isOurs, name, message, fields, cause }: PackedError): Error {
  const options = { cause: cause && unpackError(cause) };
  if (isOurs) return new EngineError(fields['code'] as EngineErrorCode, message, options);
  return Object.assign(new Error(message, options), fields, { name });
}
