import express, { type Request, type Response } from 'express';
import { bodyProblem } from '../errors/unreadable-body.js';
import { errors } from '../errors/catalogue.js';
import { BODY_TYPE } from './operation.js';

export type JsonBodyReader = (request: Request, response: Response) => Promise<unknown>;

/**
 * Reads the JSON body of a request, at most `limitBytes` of it (after decompression); undefined
 * when none was sent. A body that something else has read already is taken as it is.
 *
 * Rejects with `Problem`: `unsupported-media-type`, `payload-too-large` or `malformed-json`.
 */
export function jsonBodyReader(limitBytes: number): JsonBodyReader {
  // Whether a body may be a bare number or text is for its schema to say.
  const parse = express.json({ type: BODY_TYPE, limit: limitBytes, strict: false });
  return async (request, response) => {
    if (!hasBody(request)) return undefined;
    if (!request.is(BODY_TYPE)) throw errors.unsupportedMediaType();
    try {
      await new Promise<void>((resolve, reject) => {
        parse(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
      });
    } catch (error) {
      throw bodyProblem(error) ?? error;
    }
    return request.body as unknown;
  };
}

/** `fetch` says `Content-Length: 0` when it posts nothing. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
