import { errors } from './catalogue.js';
import type { Problem } from './problem.js';

/**
 * What went wrong while a request body was read and parsed; undefined when the error is about
 * something else. The error itself is not kept: its message quotes the body, which may hold a password.
 */
export function bodyProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, limit, type } = error as BodyParserError;
  if (status === 413) return errors.payloadTooLarge(limit ?? 0);
  if (status === 415) return errors.unsupportedMediaType();
  // body-parser names its errors: entity.parse.failed, request.size.invalid, request.aborted …
  // Only those of decompression bear the code of zlib instead.
  if (status === 400 && (type !== undefined || 'code' in error)) return errors.malformedJson();
  return undefined;
}

interface BodyParserError extends Error {
  status?: number;
  limit?: number;
  type?: string;
}
